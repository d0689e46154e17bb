//! Windows that slide over an image: the arithmetic that convolution and pooling share.

use super::{Dims, Text};

/// How the edges of an image are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// No padding: the window stays inside the image.
    Valid,
    /// Zeros around the image so that the output has `ceil(input / stride)` rows and columns. Where the padding is
    /// odd the larger half goes to the bottom and to the right (the convention of Keras and TensorFlow).
    Same,
    /// This many zeros at the top and the bottom, and at the left and the right.
    Explicit(usize, usize),
}

/// A window that slides over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns of the window.
    pub size: [usize; 2],
    /// Steps between two windows, down and to the right.
    pub stride: [usize; 2],
    /// Distance between neighbouring taps of the window.
    pub dilation: [usize; 2],
    /// The treatment of the edges.
    pub padding: Padding,
}

impl Window {
    /// The distance from the first to the last tap along `axis`, plus one; `None` if it exceeds `usize`.
    pub const fn extent(&self, axis: usize) -> Option<usize> {
        match self.size[axis].saturating_sub(1).checked_mul(self.dilation[axis]) {
            Some(reach) => reach.checked_add(1),
            None => None,
        }
    }

    /// The padding before the first row (`axis` 0) or column (`axis` 1), and all padding along that axis.
    pub const fn padding(&self, image: Dims, axis: usize) -> (usize, usize) {
        match self.padding {
            Padding::Valid => (0, 0),
            Padding::Explicit(rows, columns) => {
                let side = if axis == 0 { rows } else { columns };
                (side, side.saturating_mul(2))
            }
            Padding::Same => {
                let (Some(extent), true) = (self.extent(axis), self.stride[axis] > 0) else { return (0, 0) };
                let input = image.axis(axis);
                let output = input.div_ceil(self.stride[axis]);
                let needed = match output.saturating_sub(1).checked_mul(self.stride[axis]) {
                    Some(last) => last.saturating_add(extent),
                    None => 0,
                };
                let total = needed.saturating_sub(input);
                (total / 2, total)
            }
        }
    }

    /// How many windows fit along `axis`, 0 where not even one does.
    pub const fn positions(&self, image: Dims, axis: usize) -> usize {
        let (_, padding) = self.padding(image, axis);
        let (Some(extent), Some(input)) = (self.extent(axis), image.axis(axis).checked_add(padding)) else { return 0 };
        if extent == 0 || extent > input || self.stride[axis] == 0 {
            return 0;
        }
        (input - extent) / self.stride[axis] + 1
    }

    /// The image that a layer with this window and `channels` outputs makes of `image`. Never panics: where the
    /// window does not fit, or the input is a placeholder, the answer is a placeholder.
    pub const fn output(&self, image: Dims, channels: usize) -> Dims {
        let (rows, columns) = (self.positions(image, 0), self.positions(image, 1));
        Dims::new3(rows, columns, channels).known_if(image.is_known() && rows > 0 && columns > 0 && channels > 0)
    }
}

/// Who asks: the name of the layer, and the words that describe where its input comes from.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The layer's name in the declaration.
    pub layer: &'static str,
    /// What gives the layer its input: "`conv1` gives" or "the network is given".
    pub source: &'static str,
}

/// Reports a size of 0 along either axis: a kernel, a stride or a dilation.
///
/// # Panics
/// If `values` has a zero.
#[track_caller]
pub const fn check_positive(place: Place, what: &str, values: [usize; 2]) {
    if values[0] == 0 || values[1] == 0 {
        Text::new().layer(place.layer).str(": a ").str(what).str(" of 0 makes no sense; it is at least 1").report();
    }
}

/// Reports an input that is no image.
///
/// # Panics
/// If `input` is known and has another rank than 3.
#[track_caller]
pub const fn check_image(place: Place, input: Dims) {
    if input.is_known() && input.rank() != 3 {
        Text::new()
            .layer(place.layer)
            .str(" works on an image [height, width, channels], but ")
            .str(place.source)
            .str(" ")
            .dims(input)
            .str("; `Reshape([height, width, channels])` in front of it makes an image")
            .report();
    }
}

/// Reports padding so wide that a window can lie in it alone.
///
/// # Panics
/// If the padding is given in numbers and one of them reaches the window's size.
#[track_caller]
pub const fn check_padding(place: Place, window: &Window, image: Dims) {
    if let Padding::Explicit(rows, columns) = window.padding
        && image.is_known()
        && window.size[0] > 0
        && window.size[1] > 0
        && (rows >= window.size[0] || columns >= window.size[1])
    {
        Text::new()
            .layer(place.layer)
            .str(": a padding of ")
            .number(rows)
            .str(" and ")
            .number(columns)
            .str(" lets a ")
            .number(window.size[0])
            .str("x")
            .number(window.size[1])
            .str(" window lie outside the image; make the padding smaller than the window")
            .report();
    }
}

/// Reports a window that does not fit its image.
///
/// # Panics
/// If `image` is a known image and `window`, with no zero in it, has no position in it.
#[track_caller]
pub const fn check_fits(place: Place, noun: &str, window: &Window, image: Dims) {
    if !image.is_known() || image.rank() != 3 {
        return;
    }
    let mut axis = 0;
    while axis < 2 {
        // A zero has been reported where it was written.
        if window.size[axis] == 0 || window.stride[axis] == 0 || window.dilation[axis] == 0 {
            return;
        }
        axis += 1;
    }
    if window.positions(image, 0) > 0 && window.positions(image, 1) > 0 {
        return;
    }
    let mut text = Text::new()
        .layer(place.layer)
        .str(": a ")
        .number(window.size[0])
        .str("x")
        .number(window.size[1])
        .str(" ")
        .str(noun);
    if window.dilation[0] != 1 || window.dilation[1] != 1 {
        text = text.str(" with dilation");
        if let (Some(rows), Some(columns)) = (window.extent(0), window.extent(1)) {
            text = text.str(", which spans ").number(rows).str("x").number(columns).str(" pixels,");
        }
    }
    text = text
        .str(" does not fit the ")
        .number(image.axis(0))
        .str("x")
        .number(image.axis(1))
        .str("x")
        .number(image.axis(2))
        .str(" image that ")
        .str(place.source);
    if !matches!(window.padding, Padding::Valid) {
        text = text.str(", padding included");
    }
    text = text.str("; make the ").str(noun).str(" smaller or pad the image");
    // A few rows that are as wide as there are channels look like channels that were written first.
    if image.axis(1) == image.axis(2) && image.axis(0) < image.axis(1) {
        text = text.str(", whose axes are [height, width, channels]");
    }
    text.report();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(size: usize, stride: usize, padding: Padding) -> Window {
        Window { size: [size; 2], stride: [stride; 2], dilation: [1; 2], padding }
    }

    #[test]
    fn valid_same_and_explicit() {
        let image = Dims::new3(28, 28, 1);
        assert_eq!(window(3, 1, Padding::Valid).output(image, 32), Dims::new3(26, 26, 32));
        assert_eq!(window(3, 1, Padding::Same).output(image, 32), Dims::new3(28, 28, 32));
        assert_eq!(window(5, 2, Padding::Explicit(2, 2)).output(image, 8), Dims::new3(14, 14, 8));
        assert_eq!(window(4, 2, Padding::Same).padding(Dims::new3(7, 8, 2), 0), (1, 3));
        assert_eq!(window(4, 2, Padding::Same).padding(Dims::new3(7, 8, 2), 1), (1, 2));
    }

    #[test]
    fn what_does_not_fit_is_a_placeholder() {
        assert!(!window(5, 1, Padding::Valid).output(Dims::new3(3, 3, 8), 4).is_known());
        assert!(!window(3, 0, Padding::Valid).output(Dims::new3(3, 3, 8), 4).is_known());
        assert!(!window(usize::MAX, 1, Padding::Valid).output(Dims::new3(3, 3, 8), 4).is_known());
    }
}
