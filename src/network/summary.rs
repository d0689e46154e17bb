//! The table of a network's layers.

use core::fmt;

use super::Network;
use crate::shape::{Dims, Shape};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerSummary {
    /// The layer's name.
    pub name: &'static str,
    /// Its kind: `Conv2d`.
    pub kind: &'static str,
    /// What it gives.
    pub output: Dims,
    /// How many parameters it has.
    pub params: usize,
    /// Multiply-accumulate operations of the forward pass for one sample.
    pub macs: u64,
    /// Multiply-accumulate operations of the backward pass for one sample, in a training step: without those for the
    /// gradient by the network's input, which is not wanted there.
    pub backward_macs: u64,
}

/// A network's layers as a table; displaying it needs no memory.
///
/// ```
/// use tintype::prelude::*;
/// network! { struct Xor: [2] -> [1] { hidden: Dense(4), Tanh, Dense(1) } }
/// println!("{}", Xor::summary());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    name: &'static str,
    input: Dims,
    layers: &'static [LayerSummary],
    params: usize,
    trained: usize,
    macs: u64,
    element_bytes: usize,
    workspace_bytes: usize,
    training_bytes: usize,
}

impl Summary {
    pub(super) fn of<N: Network>() -> Self {
        let mut trained = 0;
        N::LAYOUT.visit(&mut |located, _| {
            if located.tensor.role.is_trained() {
                trained += located.tensor.len();
            }
        });
        Self {
            name: N::NAME,
            input: N::Input::DIMS,
            layers: N::LAYERS,
            params: N::PARAMS,
            trained,
            macs: N::MACS,
            element_bytes: size_of::<N::Element>(),
            workspace_bytes: N::WORKSPACE_BYTES,
            training_bytes: N::TRAINING_BYTES,
        }
    }
}

/// A whole number with a comma after every third digit from the right.
pub(super) struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0u8; 27];
        let mut start = digits.len();
        let mut rest = self.0;
        let mut count = 0;
        loop {
            if count > 0 && count % 3 == 0 {
                start -= 1;
                digits[start] = b',';
            }
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            count += 1;
            if rest == 0 {
                break;
            }
        }
        f.pad(core::str::from_utf8(&digits[start..]).unwrap_or_default())
    }
}

/// A number of bytes in the unit that suits it.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ 0..1024 => write!(f, "{bytes} B"),
            bytes @ 1024..1_048_576 => write!(f, "{:.1} KiB", bytes as f64 / 1024.0),
            bytes => write!(f, "{:.1} MiB", bytes as f64 / 1_048_576.0),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: usize, title: &str| text.max(title.len());
        let name = self.layers.iter().map(|layer| layer.name.len() + layer.kind.len() + 3).max().unwrap_or(0);
        let name = width(name, "layer (kind)");
        writeln!(f, "{}: {} parameters", self.name, Grouped(self.params as u64))?;
        writeln!(f, "{:<name$}  {:>16}  {:>12}  {:>14}", "layer (kind)", "output", "parameters", "MACs")?;
        writeln!(f, "{}", Rule(name + 48))?;
        writeln!(f, "{:<name$}  {:>16}  {:>12}  {:>14}", "input", self.input, 0, 0)?;
        for layer in self.layers {
            let rest = name - layer.name.len() - 3;
            write!(f, "{} ({}){:pad$}", layer.name, layer.kind, "", pad = rest - layer.kind.len())?;
            let (params, macs) = (Grouped(layer.params as u64), Grouped(layer.macs));
            writeln!(f, "  {:>16}  {params:>12}  {macs:>14}", layer.output)?;
        }
        writeln!(f, "{}", Rule(name + 48))?;
        writeln!(
            f,
            "parameters: {} trained, {} not; {}",
            Grouped(self.trained as u64),
            Grouped((self.params - self.trained) as u64),
            Bytes(self.params * self.element_bytes),
        )?;
        writeln!(f, "multiply-accumulates: {} a sample", Grouped(self.macs))?;
        write!(f, "memory: {} for inference, {}", Bytes(self.workspace_bytes), Bytes(self.training_bytes))?;
        write!(f, " for the gradient of one sample")
    }
}

/// A horizontal line.
pub(super) struct Rule(pub usize);

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.0).try_for_each(|_| f.write_str("─"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (93_322, "93,322"), (1_234_567, "1,234,567")] {
            assert_eq!(format!("{}", Grouped(number)), text);
        }
        assert_eq!(format!("{}", Grouped(u64::MAX)), "18,446,744,073,709,551,615");
    }
}
