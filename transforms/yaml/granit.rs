//! The producer that reads all of YAML: events of `granit-parser`, the one home of that crate.

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as EventSpan, StructureStyle, Tag};

use crate::source::Span;

use super::builder::{Builder, Text};
use super::scan::{Scan, length};
use super::tree::{Kind, NONE, ParseError, Style, Tree};

/// How a document is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    /// Whether comments are wanted.
    pub(super) comments: bool,
    /// Whether brackets and what is in them must be indented, as YAML 1.2 has it.
    pub(super) strict: bool,
}

/// Reads the document at `document` of `text`.
pub(super) fn read(text: &str, document: Span, how: How) -> Result<Tree, ParseError> {
    let error = |message: &str| ParseError {
        offset: document.start,
        message: message.to_owned(),
    };
    if u32::try_from(text.len()).is_err() {
        return Err(error("the file is larger than 4 GiB"));
    }
    let source = text
        .get(document.range())
        .ok_or_else(|| error("the document is not a part of the file"))?;
    let options = granit_parser::options! {
        strict_indentation: how.strict,
        emit_anchor_events: true,
        emit_comments: how.comments,
        max_buffered_comment_events: usize::MAX,
    };
    let mut producer = Producer {
        scan: Scan {
            text: text.get(..document.end as usize).unwrap_or(text),
        },
        base: document.start,
        cursor: document.start,
        started: false,
        anchors: Vec::new(),
        latest: NONE,
        builder: Builder::default(),
    };
    for step in Parser::new_from_str_with_options(source, options) {
        let (event, span) = step.map_err(|error| producer.error(&error))?;
        producer.take(event, span)?;
    }
    Ok(producer.builder.finish(document))
}

struct Producer<'a> {
    scan: Scan<'a>,
    /// What to add to the parser's positions.
    base: u32,
    /// Behind the last token whose place is known; up to the next node there are only indicators, properties,
    /// comments and blanks.
    cursor: u32,
    started: bool,
    /// The nodes of the anchors, by granit's numbers.
    anchors: Vec<u32>,
    latest: u32,
    builder: Builder,
}

impl Producer<'_> {
    fn take(&mut self, event: Event<'_>, place: EventSpan) -> Result<(), ParseError> {
        let span = self.absolute(&place);
        match event {
            Event::DocumentStart(explicit, _) => self.start_document(explicit, span)?,
            Event::Comment(..) => self.builder.comment(span),
            Event::Alias(target) => {
                self.approach();
                let target = self.anchors.get(target).copied().unwrap_or(NONE);
                self.latest = self.builder.alias(span, target).map_err(|excess| ParseError {
                    offset: span.start,
                    message: excess.to_string(),
                })?;
                self.cursor = span.end;
            }
            Event::Anchor(_, _) => {
                self.builder.anchor(self.latest, span);
                self.cursor = self.cursor.max(span.end);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.approach();
                self.scalar(&text, style, span, self.tag_end(&place));
                self.properties(anchor, tag.as_deref(), &place);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.approach();
                self.sequence(style, span);
                self.properties(anchor, tag.as_deref(), &place);
            }
            Event::MappingStart(style, anchor, tag) => {
                self.approach();
                self.mapping(style, span);
                self.properties(anchor, tag.as_deref(), &place);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let end = self.builder.close((!span.is_empty()).then_some(span.end));
                self.cursor = self.cursor.max(end);
            }
            // The others carry no content: stream borders and the document's end. Unresolved aliases are off.
            _ => {}
        }
        Ok(())
    }

    fn start_document(&mut self, explicit: bool, span: Span) -> Result<(), ParseError> {
        if self.started {
            let message = "a second document without a `---` in column 0".to_owned();
            return Err(ParseError {
                offset: span.start,
                message,
            });
        }
        self.started = true;
        if explicit {
            self.cursor = span.end;
        }
        Ok(())
    }

    /// Moves the cursor behind the indicator that leads to the next node: `-`, `?` or `:`.
    fn approach(&mut self) {
        let Some(parent) = self.builder.parent() else { return };
        let at = self.scan.token(self.cursor);
        let expected = match (parent.kind, parent.style) {
            (Kind::Sequence, Style::Block) => b'-',
            (Kind::Mapping, _) if parent.children % 2 == 1 => b':',
            (Kind::Mapping, Style::Block) => b'?',
            _ => return,
        };
        // In block style one that text follows is no indicator, but the start of that text.
        let is_indicator = parent.style != Style::Block || self.scan.is_blank(at + 1);
        if self.scan.byte(at) == Some(expected) && is_indicator {
            self.cursor = at + 1;
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span, tag_end: u32) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let (span, text) = match style {
            // granit reads nothing as `~`, and places it before the colon.
            Style::Plain if span.is_empty() => {
                let at = self.cursor.max(tag_end);
                (Span::new(at, at), "")
            }
            Style::Literal | Style::Folded => (self.block_scalar(span, text), text),
            _ => (span, text),
        };
        let source = match style {
            Style::SingleQuoted | Style::DoubleQuoted => Span::new(span.start + 1, (span.end - 1).max(span.start + 1)),
            _ => span,
        };
        let text = if source.slice(self.scan.text) == text {
            Text::Source(source)
        } else {
            Text::Decoded(text)
        };
        self.latest = self.builder.scalar(span, style, text);
        self.cursor = self.cursor.max(span.end);
    }

    /// Returns a block scalar from its `|` or `>`, which granit leaves out, to the end of its last line of content.
    fn block_scalar(&self, content: Span, means: &str) -> Span {
        let start = self.scan.content(self.cursor);
        let header = self.scan.line_end(start);
        let whole = Span::new(start, content.end.max(header));
        let keeps = Span::new(start, header)
            .slice(self.scan.text)
            .split('#')
            .next()
            .is_some_and(|head| head.contains('+'));
        let text = whole.slice(self.scan.text);
        // Blanks beyond the indentation are content too, on a line of their own.
        let last = means.trim_end_matches(['\n', '\r']).rsplit('\n').next();
        let ends_in_blanks = last.is_some_and(|line| !line.is_empty() && line.trim_matches([' ', '\t']).is_empty());
        if keeps || ends_in_blanks {
            // Then, and with `+`, the blank lines are content; only the next line's indentation is not.
            return Span::new(start, start + length(text.trim_end_matches([' ', '\t'])));
        }
        let content = start + length(text.trim_end_matches([' ', '\t', '\r', '\n']));
        Span::new(start, self.scan.line_end(content).min(whole.end).max(header))
    }

    fn sequence(&mut self, style: StructureStyle, span: Span) {
        let (style, start) = match style {
            StructureStyle::Flow => (Style::Flow, span.start),
            // granit reports an indentless sequence at a later place than its first dash.
            StructureStyle::Block => (Style::Block, self.scan.content(self.cursor).min(span.start)),
        };
        self.latest = self.builder.open(Kind::Sequence, style, start);
        self.cursor = if style == Style::Flow { span.end } else { start };
    }

    fn mapping(&mut self, style: StructureStyle, span: Span) {
        let style = match style {
            StructureStyle::Flow if span.is_empty() || self.scan.byte(span.start) != Some(b'{') => Style::Pair,
            StructureStyle::Flow => Style::Flow,
            StructureStyle::Block => Style::Block,
        };
        self.latest = self.builder.open(Kind::Mapping, style, span.start);
        self.cursor = if style == Style::Flow {
            span.end
        } else {
            self.cursor.max(span.start)
        };
    }

    fn properties(&mut self, anchor: usize, tag: Option<&Tag>, place: &EventSpan) {
        if anchor != 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, NONE);
            }
            self.anchors[anchor] = self.latest;
        }
        if let Some(tag) = tag {
            let span = place
                .tag_span()
                .map_or_else(|| self.absolute(place), |span| self.absolute(&span));
            self.builder
                .tag(self.latest, span, format!("{}{}", tag.handle(), tag.suffix()));
        }
    }

    fn tag_end(&self, place: &EventSpan) -> u32 {
        place.tag_span().map_or(0, |span| self.absolute(&span).end)
    }

    fn absolute(&self, span: &EventSpan) -> Span {
        let range = span.byte_range().unwrap_or_default();
        let [start, end] =
            [range.start, range.end].map(|at| self.base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)));
        Span::new(start, end.max(start))
    }

    fn error(&self, error: &ScanError) -> ParseError {
        let at = error
            .marker()
            .byte_offset()
            .and_then(|at| u32::try_from(at).ok())
            .unwrap_or_default();
        ParseError {
            offset: self.base.saturating_add(at).min(length(self.scan.text)),
            message: error.info(),
        }
    }
}
