//! Text that can be put together while a constant is evaluated, for messages with computed numbers in them.

use super::Dims;

const CAPACITY: usize = 1024;

/// A message under construction. What does not fit is cut off.
///
/// ```
/// use tintype::shape::Text;
/// const MESSAGE: Text = Text::new().str("a ").number(5).str("x").number(5).str(" kernel");
/// assert_eq!(MESSAGE.as_str(), "a 5x5 kernel");
/// ```
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Text {
    /// No text yet.
    pub const fn new() -> Self {
        Self { bytes: [0; CAPACITY], len: 0 }
    }

    /// Appends `text`.
    #[must_use]
    pub const fn str(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        // A character is never split: either all of `text` fits or none of it is added.
        if bytes.len() <= CAPACITY - self.len {
            let mut index = 0;
            while index < bytes.len() {
                self.bytes[self.len] = bytes[index];
                self.len += 1;
                index += 1;
            }
        }
        self
    }

    /// Appends `number` in decimal.
    #[must_use]
    pub const fn number(mut self, number: usize) -> Self {
        let mut digits = 1;
        let mut rest = number / 10;
        while rest > 0 {
            digits += 1;
            rest /= 10;
        }
        if digits <= CAPACITY - self.len {
            let mut place = self.len + digits;
            let mut rest = number;
            while place > self.len {
                place -= 1;
                self.bytes[place] = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            self.len += digits;
        }
        self
    }

    /// Appends `number` and `noun`, with a plural s unless the number is 1: "3 channels".
    #[must_use]
    pub const fn count(self, number: usize, noun: &str) -> Self {
        let text = self.number(number).str(" ").str(noun);
        if number == 1 { text } else { text.str("s") }
    }

    /// Appends the axes as a declaration writes them: `[28, 28, 1]`.
    #[must_use]
    pub const fn dims(self, dims: Dims) -> Self {
        let mut text = self.str("[");
        let mut index = 0;
        while index < dims.rank() {
            if index > 0 {
                text = text.str(", ");
            }
            text = text.number(dims.axis(index));
            index += 1;
        }
        text.str("]")
    }

    /// Appends "layer `name`".
    #[must_use]
    pub const fn layer(self, name: &str) -> Self {
        self.str("layer `").str(name).str("`")
    }

    /// The text so far.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "(a message that is not UTF-8)",
        }
    }

    /// Ends the evaluation of a constant, and so the compilation, with this text as the message.
    ///
    /// # Panics
    /// Always: that is how a constant reports a mistake.
    #[track_caller]
    pub const fn report(self) -> ! {
        panic!("{}", self.as_str())
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Display for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

impl core::fmt::Debug for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 7, 10, 99, 100, usize::MAX] {
            assert_eq!(Text::new().number(number).as_str(), std::format!("{number}"));
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut text = Text::new();
        for _ in 0..2000 {
            text = text.str("é");
        }
        assert_eq!(text.as_str().chars().count(), CAPACITY / 2);
    }
}
