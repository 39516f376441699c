//! Markdown pages as data: their fenced blocks.

/// A fenced block of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'p> {
    /// What stands behind the opening fence, such as `yaml before`.
    pub info: &'p str,
    /// The lines between the fences.
    pub text: &'p str,
}

/// Returns the fenced blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut offset = 0;
    for line in page.split_inclusive('\n') {
        if let Some(info) = line.trim_end().strip_prefix("```") {
            open = match open {
                Some((info, start)) => {
                    blocks.push(Block {
                        info,
                        text: &page[start..offset],
                    });
                    None
                }
                None => Some((info, offset + line.len())),
            };
        }
        offset += line.len();
    }
    blocks
}

/// Returns the commands of a console block: lines after a prompt, or all lines where there is none.
pub fn commands(block: &str) -> Vec<&str> {
    let prompted: Vec<_> = block.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    if prompted.is_empty() {
        block.lines().filter(|line| !line.trim().is_empty()).collect()
    } else {
        prompted
    }
}
