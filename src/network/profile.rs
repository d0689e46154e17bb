//! How long each layer takes.

use core::fmt;
use core::ops::AddAssign;
use std::vec::Vec;

use super::summary::{Grouped, Rule};

mod measure;

/// What a pass through a layer takes, for all samples of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// The time.
    pub seconds: f64,
    /// The multiply-accumulate operations.
    pub macs: u64,
}

impl Cost {
    /// The multiply-accumulates in a second; none where there are none.
    pub fn rate(self) -> Option<f64> {
        (self.macs > 0 && self.seconds > 0.0).then(|| self.macs as f64 / self.seconds)
    }

    /// Floating-point operations in a nanosecond, two for each multiply-accumulate; none where there are none.
    pub fn gflops(self) -> Option<f64> {
        self.rate().map(|rate| 2e-9 * rate)
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.macs += other.macs;
    }
}

/// What a layer takes: one row of a [`Profile`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LayerProfile {
    /// The layer's name.
    pub name: &'static str,
    /// Its kind, and the activation that rides on it: `Conv2d, Relu`.
    pub kind: &'static str,
    /// The forward pass of inference.
    pub inference: Cost,
    /// The forward pass of training.
    pub forward: Cost,
    /// The backward pass of training. The gradient by the network's input is not wanted, and not computed.
    pub backward: Cost,
}

/// How long each layer of a network takes, for inference and for training: what [`Network::profile`] gives.
///
/// It is the passes of every day that are measured, with a look at the clock after each layer; so caches are as warm as they
/// are there, and samples go through the network as many at a time. What a look at the clock takes is subtracted; still, a
/// layer that takes less than some tens of nanoseconds is not told exactly. All is done on one thread. Passes are repeated for
/// about half a second, at least three times; the times are the means over the faster half of the repetitions. The
/// loss and the optimizer are not part of it.
///
/// Displayed, it is two tables, in the order of [`Network::summary`]: a nested network or a `Repeat` is one row. `GFLOP/s`
/// counts two operations for each multiply-accumulate, and `peak` is the share of what the processor can do at most
/// ([`multiply_add_rate`](crate::simd::multiply_add_rate)). It is above 100% where a convolution is computed with fewer
/// operations than it is counted with ([`Conv2d`](crate::layers::Conv2d)).
///
/// ```
/// use tintype::prelude::*;
/// network! { struct Net: [64] -> [10] { hidden: Dense(32), Relu, Dense(10) } }
/// let profile = Net::boxed(Seed(7)).profile(8);
/// let hidden = profile.layers[0];
/// assert_eq!((hidden.kind, hidden.inference.macs), ("Dense, Relu", 8 * 64 * 32));
/// let share = hidden.inference.seconds / profile.total().inference.seconds;
/// assert!(0.0 < share && share <= 1.0);
/// ```
///
/// [`Network::profile`]: crate::Network::profile
/// [`Network::summary`]: crate::Network::summary
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The network's name.
    pub network: &'static str,
    /// The samples of the batch.
    pub samples: usize,
    /// The multiply-adds that one core does in a second at most.
    pub multiply_add_rate: f64,
    /// The layers, in the order of the declaration.
    pub layers: Vec<LayerProfile>,
    /// What is not part of a layer: the way into a pass and out of it, and, as part of the backward pass, weights that are
    /// rearranged for it.
    pub other: LayerProfile,
}

impl Profile {
    /// The sum of the layers and the rest.
    pub fn total(&self) -> LayerProfile {
        let mut total = LayerProfile { name: "total", ..LayerProfile::default() };
        for row in self.rows() {
            total.inference += row.inference;
            total.forward += row.forward;
            total.backward += row.backward;
        }
        total
    }

    fn rows(&self) -> impl Iterator<Item = &LayerProfile> {
        self.layers.iter().chain([&self.other])
    }
}

/// A time in the unit that suits it.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.0 {
            seconds @ 1.0.. => (seconds, "s"),
            seconds @ 1e-3.. => (seconds * 1e3, "ms"),
            seconds @ 1e-6.. => (seconds * 1e6, "µs"),
            seconds => (seconds * 1e9, "ns"),
        };
        let width = f.width().unwrap_or(0).saturating_sub(unit.chars().count() + 1);
        let decimals = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
        write!(f, "{number:width$.decimals$} {unit}")
    }
}

/// The columns of a pass: time, share of the time of the whole, GFLOP/s, share of the peak.
struct Columns {
    cost: Cost,
    whole: f64,
    multiply_add_rate: f64,
}

impl Columns {
    const TITLES: &str = "     time   share  GFLOP/s  peak";
    const WIDTH: usize = 32;
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = if self.whole > 0.0 { 100.0 * self.cost.seconds / self.whole } else { 0.0 };
        write!(f, "{:>9}  {share:>5.1}%", Time(self.cost.seconds))?;
        match (self.cost.gflops(), self.cost.rate()) {
            (Some(gflops), Some(rate)) => {
                write!(f, "  {gflops:>7.1}  {:>3.0}%", 100.0 * rate / self.multiply_add_rate)
            }
            _ => write!(f, "  {:>7}  {:>4}", "-", "-"),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let name = self.rows().map(|row| label_len(row.name, row.kind)).fold("layer (kind)".len(), usize::max);
        let columns = |cost, whole| Columns { cost, whole, multiply_add_rate: self.multiply_add_rate };
        let samples = if self.samples == 1 { "sample" } else { "samples" };
        let peak = 2e-9 * self.multiply_add_rate;
        writeln!(f, "{}: {} {samples} on one thread; {peak:.1} GFLOP/s at most", self.network, self.samples)?;

        writeln!(f, "\n{:<name$}  {:>12}  {}", "inference", "MACs", Columns::TITLES)?;
        writeln!(f, "{}", Rule(name + 16 + Columns::WIDTH))?;
        let inference = |f: &mut fmt::Formatter<'_>, row: &LayerProfile| {
            label(f, row, name)?;
            let macs = Grouped(row.inference.macs / self.samples as u64);
            writeln!(f, "  {macs:>12}  {}", columns(row.inference, total.inference.seconds))
        };
        self.rows().try_for_each(|row| inference(f, row))?;
        writeln!(f, "{}", Rule(name + 16 + Columns::WIDTH))?;
        inference(f, &total)?;

        writeln!(f, "\n{:<name$}  {:>9}{:gap$}{:>9}", "training", "forward", "", "backward", gap = Columns::WIDTH - 7)?;
        writeln!(f, "{:<name$}  {}  {}", "", Columns::TITLES, Columns::TITLES)?;
        writeln!(f, "{}", Rule(name + 4 + 2 * Columns::WIDTH))?;
        let whole = total.forward.seconds + total.backward.seconds;
        let training = |f: &mut fmt::Formatter<'_>, row: &LayerProfile| {
            label(f, row, name)?;
            write!(f, "  {}  {}", columns(row.forward, whole), columns(row.backward, whole))
        };
        for row in self.rows() {
            training(f, row)?;
            writeln!(f)?;
        }
        writeln!(f, "{}", Rule(name + 4 + 2 * Columns::WIDTH))?;
        training(f, &total)
    }
}

/// The characters of [`label`].
fn label_len(name: &str, kind: &str) -> usize {
    if kind.is_empty() { name.chars().count() } else { name.chars().count() + kind.chars().count() + 3 }
}

/// Writes name and kind of a row, and blanks up to a width.
fn label(f: &mut fmt::Formatter<'_>, row: &LayerProfile, width: usize) -> fmt::Result {
    f.write_str(row.name)?;
    if !row.kind.is_empty() {
        write!(f, " ({})", row.kind)?;
    }
    write!(f, "{:pad$}", "", pad = width.saturating_sub(label_len(row.name, row.kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Network, Parameters, Seed, network};
    use std::format;

    network! { struct Half: [6] -> [3] { Dense(3), Relu } }
    network! {
        struct Net: [4, 4, 2] {
            Residual { conv: Conv2d(2, kernel = 3, padding = Same), BatchNorm },
            Concat { a: { Dropout(0.5) }, b: { Conv2d(4, kernel = 1), Relu } },
            GlobalAvgPool2d,
            half: Half,
            Repeat(2) { Dense(3), Tanh },
        }
    }

    #[test]
    fn rows_are_those_of_the_summary() {
        let net = Net::boxed(Seed(1));
        let before = net.as_slice().to_vec();
        let profile = net.profile(5);
        assert_eq!(net.as_slice(), before);
        let rows = |layers: &[LayerProfile]| layers.iter().map(|row| (row.name, row.kind)).collect::<Vec<_>>();
        let expected: Vec<_> = Net::LAYERS.iter().map(|row| (row.name, row.kind)).collect();
        assert_eq!(rows(&profile.layers), expected);
        for (row, layer) in profile.layers.iter().zip(Net::LAYERS) {
            assert_eq!(row.inference.macs, 5 * layer.macs);
            assert_eq!(row.forward.macs, 5 * layer.macs);
            assert_eq!(row.backward.macs, 5 * layer.backward_macs);
        }
        let total = profile.total();
        assert_eq!(total.inference.macs, 5 * Net::MACS);
        assert_eq!(total.forward.macs + total.backward.macs, 5 * Net::TRAINING_MACS);
        for cost in [total.inference, total.forward, total.backward] {
            assert!(cost.seconds > 0.0 && cost.seconds < 1.0, "{cost:?}");
        }
        assert_eq!(format!("{profile}").lines().count(), 2 * (Net::LAYERS.len() + 2) + 10);
    }

    #[test]
    fn each_layer_of_a_deep_network_has_its_time() {
        network! {
            struct Deep: [64] {
                Dense(64), Relu, Dense(64), Dense(64), Dense(64), Dense(64), Dense(64), Dense(64), Dense(64), Dense(64),
                Dense(64), Dense(64), Dense(64), Dense(64), Dense(64), Dense(64), Dense(64), Dense(64), Dense(64),
            }
        }
        let profile = Deep::boxed(Seed(1)).profile(32);
        assert_eq!(profile.layers.len(), 18);
        // Equal layers, whose times may differ since others use the processor too, but not as that of none and of several.
        let passes: [fn(&LayerProfile) -> f64; 3] =
            [|row| row.inference.seconds, |row| row.forward.seconds, |row| row.backward.seconds];
        for pass in passes {
            let mean = profile.layers.iter().map(pass).sum::<f64>() / 18.0;
            for row in &profile.layers {
                assert!(pass(row) > mean / 10.0 && pass(row) < mean * 5.0, "{}: {} s of {mean}", row.name, pass(row));
            }
        }
    }

    #[test]
    fn the_gradient_by_the_input_is_not_counted() {
        let convolutions = Net::LAYERS.iter().filter(|row| row.kind.starts_with("Conv2d"));
        let macs: Vec<_> = convolutions.map(|row| (row.macs, row.backward_macs)).collect();
        assert_eq!(macs, [(16 * 2 * 18, 16 * 2 * 18), (16 * 4 * 2, 2 * 16 * 4 * 2)]);
        network! { struct Outer: [6] -> [3] { half: Half, Repeat(2) { Dense(3) } } }
        network! { struct Deep: [3] { Repeat(3) { Dense(3) } } }
        let rows: Vec<_> = Outer::LAYERS.iter().map(|row| (row.macs, row.backward_macs)).collect();
        assert_eq!(rows, [(18, 18), (18, 36)]);
        assert_eq!(Deep::TRAINING_MACS, 3 * 27 - 9);
    }

    #[test]
    fn a_table_has_its_numbers_beneath_their_titles() {
        let cost = |seconds, macs| Cost { seconds, macs };
        let row = |name, kind, macs, unit: f64| LayerProfile {
            name,
            kind,
            inference: cost(unit, macs),
            forward: cost(2.0 * unit, macs),
            backward: cost(5.0 * unit, 2 * macs),
        };
        let profile = Profile {
            network: "Net",
            samples: 32,
            multiply_add_rate: 1e11,
            layers: std::vec![row("conv1", "Conv2d, Relu", 32_000_000, 4.5e-4), row("pool", "MaxPool2d", 0, 3e-5)],
            other: row("other", "", 0, 2e-8),
        };
        let expected = "\
Net: 32 samples on one thread; 200.0 GFLOP/s at most

inference                     MACs       time   share  GFLOP/s  peak
────────────────────────────────────────────────────────────────────
conv1 (Conv2d, Relu)     1,000,000     450 µs   93.7%    142.2   71%
pool (MaxPool2d)                 0    30.0 µs    6.2%        -     -
other                            0    20.0 ns    0.0%        -     -
────────────────────────────────────────────────────────────────────
total                    1,000,000     480 µs  100.0%    133.3   67%

training                forward                          backward
                           time   share  GFLOP/s  peak       time   share  GFLOP/s  peak
────────────────────────────────────────────────────────────────────────────────────────
conv1 (Conv2d, Relu)     900 µs   26.8%     71.1   36%    2.25 ms   67.0%     56.9   28%
pool (MaxPool2d)        60.0 µs    1.8%        -     -     150 µs    4.5%        -     -
other                   40.0 ns    0.0%        -     -     100 ns    0.0%        -     -
────────────────────────────────────────────────────────────────────────────────────────
total                    960 µs   28.6%     66.7   33%    2.40 ms   71.4%     53.3   27%";
        assert_eq!(format!("{profile}"), expected);
    }
}
