//! Reading JSON where nothing can be allocated: while the program is compiled, and on machines without a heap.

use super::Problem;

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

/// A string as it stands in the text, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted<'a> {
    /// The bytes between the quotes.
    pub raw: &'a [u8],
    escaped: bool,
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

    /// A string.
    pub const fn string(&mut self) -> Result<Quoted<'a>, Problem> {
        if !self.take(b'"') {
            return Err(self.error("a string"));
        }
        let first = self.at;
        let mut escaped = false;
        while self.at < self.text.len() {
            match self.text[self.at] {
                b'"' => {
                    let raw = self.text.split_at(self.at).0.split_at(first).1;
                    self.at += 1;
                    return Ok(Quoted { raw, escaped });
                }
                b'\\' => {
                    escaped = true;
                    attempt!(self.escape());
                }
                0..0x20 => return Err(self.error("no control character in a string")),
                _ => self.at += 1,
            }
        }
        Err(self.error("the end of a string"))
    }

    /// The character that an escape sequence stands for.
    const fn escape(&mut self) -> Result<char, Problem> {
        let wanted = "an escape sequence";
        let error = self.error(wanted);
        if self.at + 1 >= self.text.len() {
            return Err(error);
        }
        let kind = self.text[self.at + 1];
        self.at += 2;
        let code = match kind {
            b'"' | b'\\' | b'/' => kind as u32,
            b'b' => 8,
            b't' => 9,
            b'n' => 10,
            b'f' => 12,
            b'r' => 13,
            b'u' => match attempt!(self.hexadecimal()) {
                // The first half of a pair of surrogates, which the second must follow.
                high @ 0xd800..0xdc00 => {
                    if self.at + 1 >= self.text.len() || self.text[self.at] != b'\\' || self.text[self.at + 1] != b'u' {
                        return Err(error);
                    }
                    self.at += 2;
                    let low = attempt!(self.hexadecimal());
                    if low < 0xdc00 || low > 0xdfff {
                        return Err(error);
                    }
                    0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                }
                code => code,
            },
            _ => return Err(error),
        };
        match char::from_u32(code) {
            Some(character) => Ok(character),
            None => Err(error),
        }
    }

    /// Four hexadecimal digits.
    const fn hexadecimal(&mut self) -> Result<u32, Problem> {
        let mut code = 0;
        let mut digit = 0;
        while digit < 4 {
            let byte = if self.at < self.text.len() { self.text[self.at] } else { 0 };
            match (byte as char).to_digit(16) {
                Some(value) => code = code * 16 + value,
                None => return Err(self.error("four hexadecimal digits")),
            }
            self.at += 1;
            digit += 1;
        }
        Ok(code)
    }

    /// An integer from 0 to `usize::MAX`.
    pub const fn integer(&mut self) -> Result<usize, Problem> {
        let wanted = "an integer that fits the machine";
        let first = self.peek();
        let error = self.error(wanted);
        if !first.is_ascii_digit() {
            return Err(error);
        }
        let mut value: usize = 0;
        let mut digits = 0;
        while self.at < self.text.len() && self.text[self.at].is_ascii_digit() {
            let digit = (self.text[self.at] - b'0') as usize;
            value = match value.checked_mul(10) {
                Some(tens) => match tens.checked_add(digit) {
                    Some(value) => value,
                    None => return Err(error),
                },
                None => return Err(error),
            };
            self.at += 1;
            digits += 1;
        }
        // A number begins with 0 only if it is 0.
        if first == b'0' && digits > 1 { Err(error) } else { Ok(value) }
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

/// Whether `word` is a number as JSON writes it.
const fn is_number(word: &[u8]) -> bool {
    let mut at = if let [b'-', ..] = word { 1 } else { 0 };
    let whole = digits(word, at);
    if whole == 0 || (whole > 1 && word[at] == b'0') {
        return false;
    }
    at += whole;
    if at < word.len() && word[at] == b'.' {
        let fraction = digits(word, at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if at < word.len() && matches!(word[at], b'e' | b'E') {
        at += 1;
        if at < word.len() && matches!(word[at], b'+' | b'-') {
            at += 1;
        }
        let exponent = digits(word, at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == word.len()
}

/// How many digits follow in `word` from `first` on.
const fn digits(word: &[u8], first: usize) -> usize {
    let mut at = first;
    while at < word.len() && word[at].is_ascii_digit() {
        at += 1;
    }
    at - first
}

impl<'a> Quoted<'a> {
    /// The string itself: escape sequences replaced, in `buffer`; `None` if there are any and it does not fit.
    pub const fn decode<'b>(self, buffer: &'b mut [u8]) -> Option<&'b [u8]>
    where
        'a: 'b,
    {
        if !self.escaped {
            return Some(self.raw);
        }
        let mut reader = Reader::new(self.raw, 0);
        let mut len = 0;
        while reader.at < self.raw.len() {
            let mut utf8 = [self.raw[reader.at]; 4];
            let count = if self.raw[reader.at] == b'\\' {
                match reader.escape() {
                    Ok(character) => character.encode_utf8(&mut utf8).len(),
                    Err(_) => return None,
                }
            } else {
                reader.at += 1;
                1
            };
            if count > buffer.len() - len {
                return None;
            }
            let (utf8, _) = utf8.split_at(count);
            buffer.split_at_mut(len).1.split_at_mut(count).0.copy_from_slice(utf8);
            len += count;
        }
        Some(buffer.split_at(len).0)
    }

    /// Whether the string is `text`, which has at most 16 bytes.
    pub const fn is(self, text: &str) -> bool {
        let mut buffer = [0; 16];
        match self.decode(&mut buffer) {
            Some(decoded) => starts_with(decoded, text.as_bytes()) && decoded.len() == text.len(),
            None => false,
        }
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

    #[test]
    fn escape_sequences_are_decoded() {
        let text = r#""a\u002eb\/\"\\\n\u00e9\ud83d\ude00é""#;
        let string = Reader::new(text.as_bytes(), 0).string().unwrap();
        assert_eq!(string.decode(&mut [0; 64]).unwrap(), "a.b/\"\\\n\u{e9}\u{1f600}é".as_bytes());
        assert_eq!(string.decode(&mut [0; 8]), None);
        assert!(Reader::new(br#""\u0064type""#, 0).string().unwrap().is("dtype"));
        assert!(!Reader::new(br#""dtypes""#, 0).string().unwrap().is("dtype"));
    }

    #[test]
    fn integers_have_a_bound() {
        let integer = |text: &str| Reader::new(text.as_bytes(), 0).integer().ok();
        assert_eq!(integer("0"), Some(0));
        assert_eq!(integer(&std::format!(" {}", usize::MAX)), Some(usize::MAX));
        assert_eq!(integer(&std::format!("{}0", usize::MAX)), None);
        assert_eq!(integer("00"), None);
        assert_eq!(integer("-1"), None);
    }
}
