//! Reading JSON where nothing can be allocated: while the program is compiled, and on machines without a heap.

use super::Problem;

mod number;
mod string;

use number::is_number;
pub(super) use string::Quoted;

/// Hands on an error: `?` for constants.
macro_rules! attempt {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(problem) => return Err(problem),
        }
    };
}
pub(super) use attempt;

/// How deep a value that is skipped may be nested.
const MAX_DEPTH: u32 = 32;

/// A place in a JSON text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    /// The place of the text in the file, for messages.
    start: usize,
}

impl<'a> Reader<'a> {
    /// Reads `text`, which is valid UTF-8 and lies at byte `start` of the file.
    pub const fn new(text: &'a [u8], start: usize) -> Self {
        Self { text, at: 0, start }
    }

    /// The error that `wanted` is not what stands here.
    pub const fn error(&self, wanted: &'static str) -> Problem {
        Problem::Syntax { at: self.start + self.at, wanted }
    }

    /// Skips white space and looks at the byte behind it; 0, which no JSON text has, at the end.
    pub const fn peek(&mut self) -> u8 {
        while self.at < self.text.len() {
            match self.text[self.at] {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return byte,
            }
        }
        0
    }

    /// Takes `byte` if it comes next.
    pub const fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        if found {
            self.at += 1;
        }
        found
    }

    /// Takes the opening bracket `open`.
    pub const fn open(&mut self, open: u8, wanted: &'static str) -> Result<(), Problem> {
        if self.take(open) { Ok(()) } else { Err(self.error(wanted)) }
    }

    /// Whether another member follows in an object or array that ends with `close`; takes the comma or `close`.
    pub const fn more(&mut self, first: bool, close: u8) -> Result<bool, Problem> {
        if self.take(close) {
            Ok(false)
        } else if first || self.take(b',') {
            Ok(true)
        } else {
            Err(self.error(if close == b'}' { "`,` or `}`" } else { "`,` or `]`" }))
        }
    }

    /// The key of a member of an object, and the colon.
    pub const fn key(&mut self) -> Result<Quoted<'a>, Problem> {
        let key = attempt!(self.string());
        if self.take(b':') { Ok(key) } else { Err(self.error("`:`")) }
    }

    /// Skips a value of any kind.
    pub const fn skip(&mut self) -> Result<(), Problem> {
        // The kinds of the open brackets: a bit each, 1 for an object, the innermost lowest.
        let mut objects: u32 = 0;
        let mut depth = 0;
        loop {
            match self.peek() {
                bracket @ (b'{' | b'[') => {
                    if depth == MAX_DEPTH {
                        return Err(self.error("a value that is less deeply nested"));
                    }
                    self.at += 1;
                    depth += 1;
                    objects = objects << 1 | (bracket == b'{') as u32;
                    let close = if bracket == b'{' { b'}' } else { b']' };
                    if !self.take(close) {
                        if bracket == b'{' {
                            attempt!(self.key());
                        }
                        continue;
                    }
                    depth -= 1;
                    objects >>= 1;
                }
                b'"' => {
                    attempt!(self.string());
                }
                _ => attempt!(self.scalar()),
            }
            // A value has ended: close all brackets that end with it, up to one that has another member.
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let object = objects & 1 == 1;
                if attempt!(self.more(false, if object { b'}' } else { b']' })) {
                    if object {
                        attempt!(self.key());
                    }
                    break;
                }
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    /// Skips a number, `true`, `false` or `null`.
    const fn scalar(&mut self) -> Result<(), Problem> {
        let error = self.error("a value");
        let first = self.at;
        while self.at < self.text.len()
            && matches!(self.text[self.at], b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.')
        {
            self.at += 1;
        }
        let word = self.text.split_at(self.at).0.split_at(first).1;
        if matches!(word, b"true" | b"false" | b"null") || is_number(word) { Ok(()) } else { Err(error) }
    }

    /// Whether nothing but white space is left.
    pub const fn is_at_end(&mut self) -> bool {
        self.peek() == 0 && self.at == self.text.len()
    }
}

/// Whether `text` begins with `prefix`.
pub(super) const fn starts_with(text: &[u8], prefix: &[u8]) -> bool {
    if prefix.len() > text.len() {
        return false;
    }
    let mut index = 0;
    while index < prefix.len() {
        if text[index] != prefix[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(text: &str) -> bool {
        let mut reader = Reader::new(text.as_bytes(), 0);
        reader.skip().is_ok() && reader.is_at_end()
    }

    #[test]
    fn every_kind_of_value_is_skipped() {
        for text in [
            "0",
            "-0.5e+10",
            "12E3",
            "true",
            " null ",
            "\"\"",
            r#""a\"b\\""#,
            "[]",
            "{}",
            "[[],{}]",
            "[1, 2 ,3]",
            r#"{"a":{"b":[{"c":null}, 1]},"d":[]}"#,
        ] {
            assert!(skipped(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "01",
            "-",
            "1.",
            "1e",
            "tru",
            "nulll",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,]",
            "{",
            "{1:2}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            "[}",
            "{]",
            "\"",
            r#""\x""#,
            r#""\u12g4""#,
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800A""#,
            "\"\n\"",
            "1 2",
            "NaN",
        ] {
            assert!(!skipped(text), "{text}");
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        let nested = |depth| std::format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(skipped(&nested(32)));
        assert!(!skipped(&nested(33)));
        assert!(!skipped(&"[".repeat(1_000_000)));
    }
}
