//! Random decisions from a few bytes, so that a failing case shrinks.

/// Random decisions, repeated when they run out.
pub(crate) struct Choices<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl Choices<'_> {
    /// Returns a number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let byte = self
            .bytes
            .get(self.at % self.bytes.len().max(1))
            .copied()
            .unwrap_or_default();
        self.at += 1;
        // The position joins in, so that a short list of bytes still gives different decisions.
        (usize::from(byte) + self.at / self.bytes.len().max(1)) % bound
    }

    pub(crate) fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }
}
