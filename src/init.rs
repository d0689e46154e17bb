//! Where weights start from.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::Element;
use crate::parameters::{Layout, ParameterTensor, Role};

pub(crate) mod draw;
mod orthogonal;

use draw::{truncated_normal, uniform};

/// The seed of everything random. The same seed gives the same bits on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The seed of part number `index` of something random: unrelated to those of the other parts.
    ///
    /// ```
    /// use tintype::Seed;
    /// assert_ne!(Seed(7).part(0), Seed(7).part(1));
    /// assert_ne!(Seed(7).part(0), Seed(8).part(0));
    /// ```
    #[inline(always)]
    #[must_use]
    pub const fn part(self, index: usize) -> Self {
        // The finaliser of splitmix64 (Steele, Lea and Flood, 2014): nearby seeds become unrelated ones.
        let mut z = self.0.wrapping_add((index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(z ^ (z >> 31))
    }
}

/// How the weights of a layer are drawn at first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Initializer {
    /// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio, 2010).
    #[default]
    GlorotUniform,
    /// Normal with variance 2 / (fan-in + fan-out), truncated at two standard deviations as Keras does.
    GlorotNormal,
    /// Uniform in ±√(6 / fan-in) (He et al., 2015).
    HeUniform,
    /// Normal with variance 2 / fan-in, truncated at two standard deviations.
    HeNormal,
    /// Uniform in ±√(3 / fan-in) (LeCun et al., 1998).
    LeCunUniform,
    /// Normal with variance 1 / fan-in, truncated at two standard deviations.
    LeCunNormal,
    /// All zero.
    Zeros,
    /// All equal.
    Constant(f64),
    /// A random matrix with orthonormal rows or columns, times this gain (Saxe et al., 2014).
    Orthogonal(f64),
}

/// Fills `parameters` with what `layout` asks for: weights as the initializer of their layer draws them, biases 0,
/// scales 1, statistics their first value.
///
/// Each tensor has a random generator of its own, Xoshiro256++ seeded with [`Seed::part`] of the tensor's index, so
/// another layer at the end leaves the weights before it as they were. Values are computed in `f64` and rounded to `E`;
/// only [`Orthogonal`](Initializer::Orthogonal) goes on in `E`. The initializers follow Keras: a fan of 0 counts as 1.
///
/// # Panics
/// If `parameters` is shorter than the layout.
///
/// ```
/// use tintype::init::{Initializer, Seed, initialize};
/// use tintype::layers::Dense;
/// use tintype::parameters::{Layout, NamedLayout, Parameters};
///
/// const LAYOUT: Layout = Layout::Layers(&[NamedLayout {
///     name: "hidden",
///     initializer: Initializer::HeUniform,
///     layout: <Dense<f32, 6, 2> as Parameters<f32>>::LAYOUT,
/// }]);
/// let mut parameters = [0.0f32; LAYOUT.len()];
/// initialize(&LAYOUT, &mut parameters, Seed(7));
/// let (weights, biases) = parameters.split_at(12);
/// assert!(weights.iter().all(|w| w.abs() <= 1.0 && *w != 0.0));
/// assert_eq!(biases, [0.0, 0.0]);
/// ```
pub fn initialize<E: Element>(layout: &Layout, parameters: &mut [E], seed: Seed) {
    let mut index = 0;
    layout.visit(&mut |located, initializer| {
        let values = &mut parameters[located.range()];
        match located.tensor.role {
            Role::Weight { fan_in, fan_out } => {
                let generator = Xoshiro256PlusPlus::seed_from_u64(seed.part(index).0);
                fill(values, &located.tensor, [fan_in, fan_out], initializer, generator);
            }
            Role::Bias => values.fill(E::zero()),
            Role::Scale => values.fill(E::one()),
            Role::Statistic(value) => values.fill(E::from_f64(value)),
        }
        index += 1;
    });
}

fn fill<E: Element>(
    values: &mut [E],
    tensor: &ParameterTensor,
    [fan_in, fan_out]: [usize; 2],
    initializer: Initializer,
    mut generator: Xoshiro256PlusPlus,
) {
    let fan_in = fan_in.max(1) as f64;
    let mean_fan = f64::midpoint(fan_in, fan_out as f64).max(1.0);
    let mut draw = |value: &mut dyn FnMut(&mut Xoshiro256PlusPlus) -> f64| {
        for place in values.iter_mut() {
            *place = E::from_f64(value(&mut generator));
        }
    };
    let limit = |variance: f64| libm::sqrt(3.0 * variance);
    match initializer {
        Initializer::GlorotUniform => draw(&mut |g| uniform(g, limit(1.0 / mean_fan))),
        Initializer::GlorotNormal => draw(&mut |g| truncated_normal(g, 1.0 / mean_fan)),
        Initializer::HeUniform => draw(&mut |g| uniform(g, limit(2.0 / fan_in))),
        Initializer::HeNormal => draw(&mut |g| truncated_normal(g, 2.0 / fan_in)),
        Initializer::LeCunUniform => draw(&mut |g| uniform(g, limit(1.0 / fan_in))),
        Initializer::LeCunNormal => draw(&mut |g| truncated_normal(g, 1.0 / fan_in)),
        Initializer::Zeros => values.fill(E::zero()),
        Initializer::Constant(value) => values.fill(E::from_f64(value)),
        Initializer::Orthogonal(gain) => {
            let columns = tensor.axes.last().copied().unwrap_or(1);
            orthogonal::fill(values, columns, gain, &mut generator);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::NamedLayout;
    use std::vec::Vec;

    const IN: usize = 300;
    const OUT: usize = 100;
    const WEIGHT: ParameterTensor =
        ParameterTensor { name: "weight", axes: &[IN, OUT], role: Role::Weight { fan_in: IN, fan_out: OUT } };

    /// The weights of one layer of 300 inputs and 100 outputs.
    fn weights<E: Element>(initializer: Initializer, seed: u64) -> Vec<E> {
        let mut values = std::vec![E::nan(); IN * OUT];
        fill(&mut values, &WEIGHT, [IN, OUT], initializer, Xoshiro256PlusPlus::seed_from_u64(Seed(seed).part(0).0));
        values
    }

    fn moment(values: &[f64], power: i32) -> f64 {
        values.iter().map(|x| x.powi(power)).sum::<f64>() / values.len() as f64
    }

    /// Checks mean and variance to five standard errors; `kurtosis` is E x⁴ / (E x²)² of the distribution.
    fn check_moments(values: &[f64], variance: f64, kurtosis: f64) {
        let count = values.len() as f64;
        let mean = moment(values, 1);
        assert!(mean.abs() < 5.0 * (variance / count).sqrt(), "mean {mean}");
        let found = moment(values, 2);
        let error = variance * ((kurtosis - 1.0) / count).sqrt();
        assert!((found - variance).abs() < 5.0 * error, "variance {found}, not {variance}");
    }

    #[test]
    fn uniform_weights_have_their_bounds_and_moments() {
        let cases = [
            (Initializer::GlorotUniform, 6.0 / (IN + OUT) as f64),
            (Initializer::HeUniform, 6.0 / IN as f64),
            (Initializer::LeCunUniform, 3.0 / IN as f64),
        ];
        for (initializer, limit_squared) in cases {
            let values = weights::<f64>(initializer, 1);
            let largest = values.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
            let limit = limit_squared.sqrt();
            // Of 30 000 values none lies in the outermost thousandth with a chance of e^-30.
            assert!(largest <= limit && largest > 0.999 * limit, "{largest} of {limit}");
            check_moments(&values, limit_squared / 3.0, 1.8);
        }
    }

    #[test]
    fn normal_weights_have_their_bounds_and_moments() {
        let cases = [
            (Initializer::GlorotNormal, 2.0 / (IN + OUT) as f64),
            (Initializer::HeNormal, 2.0 / IN as f64),
            (Initializer::LeCunNormal, 1.0 / IN as f64),
        ];
        for (initializer, variance) in cases {
            let values = weights::<f64>(initializer, 2);
            let limit = 2.0 * variance.sqrt() / 0.879_625_661_034_239_8;
            assert!(values.iter().all(|x| x.abs() <= limit));
            // E z⁴ = 3 - 2·(2³ + 3·2) φ(2) / (2 Φ(2) - 1) of a standard normal cut at 2, over its variance squared.
            check_moments(&values, variance, (3.0 - 28.0 * 0.053_990_97 / 0.954_499_74) / 0.773_741_3f64.powi(2));
            // The share within one standard deviation of the uncut normal: (2 Φ(1) - 1) / (2 Φ(2) - 1).
            let inside = values.iter().filter(|x| x.abs() < limit / 2.0).count() as f64 / values.len() as f64;
            let share = 0.682_689_49f64 / 0.954_499_74;
            assert!((inside - share).abs() < 5.0 * (share * (1.0 - share) / values.len() as f64).sqrt(), "{inside}");
        }
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        for initializer in [Initializer::GlorotUniform, Initializer::HeNormal, Initializer::Constant(0.1)] {
            let (single, double) = (weights::<f32>(initializer, 3), weights::<f64>(initializer, 3));
            assert!(single.iter().zip(&double).all(|(s, d)| *s == *d as f32));
        }
    }

    #[test]
    fn another_seed_gives_other_weights() {
        let [a, b, c] = [4, 4, 5].map(|seed| weights::<f32>(Initializer::HeNormal, seed));
        assert_eq!(a, b);
        assert!(a.iter().zip(&c).filter(|(a, c)| a == c).count() < 10);
    }

    /// Xoshiro256++ behind splitmix64, as Blackman and Vigna publish them.
    fn published_generator(mut seed: u64) -> impl FnMut() -> u64 {
        let mut state = [0u64; 4].map(|_| {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        move || {
            let s = &mut state;
            let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
            let t = s[1] << 17;
            s[2] ^= s[0];
            s[3] ^= s[1];
            s[1] ^= s[2];
            s[0] ^= s[3];
            s[2] ^= t;
            s[3] = s[3].rotate_left(45);
            result
        }
    }

    #[test]
    fn the_values_follow_from_the_published_generator() {
        let mut next = published_generator(Seed(6).part(0).0);
        let limit = (6.0 / (IN + OUT) as f64).sqrt();
        for value in &weights::<f64>(Initializer::GlorotUniform, 6)[..100] {
            let unit = (next() >> 11) as f64 / (1u64 << 53) as f64;
            assert!((value - limit * (2.0 * unit - 1.0)).abs() <= 2.0 * f64::EPSILON * limit);
        }
    }

    #[test]
    fn each_role_has_its_value_and_each_tensor_its_generator() {
        const SMALL: &[ParameterTensor] = &[
            ParameterTensor { name: "weight", axes: &[2, 3], role: Role::Weight { fan_in: 2, fan_out: 3 } },
            ParameterTensor { name: "bias", axes: &[3], role: Role::Bias },
            ParameterTensor { name: "gamma", axes: &[2], role: Role::Scale },
            ParameterTensor { name: "variance", axes: &[2], role: Role::Statistic(1.5) },
        ];
        const fn layer(name: &'static str) -> NamedLayout {
            NamedLayout { name, initializer: Initializer::HeUniform, layout: Layout::Tensors(SMALL) }
        }
        const ONE: Layout = Layout::Layers(&[layer("a")]);
        const TWO: Layout = Layout::Layers(&[layer("a"), layer("b")]);
        let mut one = [f32::NAN; ONE.len()];
        let mut two = [f32::NAN; TWO.len()];
        initialize(&ONE, &mut one, Seed(9));
        initialize(&TWO, &mut two, Seed(9));
        assert_eq!(one[6..], [0.0, 0.0, 0.0, 1.0, 1.0, 1.5, 1.5]);
        assert_eq!(one, two[..13]);
        assert_ne!(two[..6], two[13..19]);
    }
}
