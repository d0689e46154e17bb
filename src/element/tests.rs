use std::{vec, vec::Vec};

use pulp::Simd;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use super::{Element, lanes};
use crate::kernels::elementwise::elementwise;
use crate::kernels::load;
use crate::simd::{Work, at_every_level};

/// Runs every operation over three runs of numbers and gives all the results.
#[derive(Clone, Copy)]
struct EveryOperation<'a, E>(&'a [E], &'a [E], &'a [E]);

impl<E: Element> Work for EveryOperation<'_, E> {
    type Output = Vec<(&'static str, Vec<E>)>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let Self(a, b, c) = self;
        let mut outputs = Vec::new();
        macro_rules! record {
            ($($name:literal: |$a:pat_param, $b:pat_param| $value:expr),* $(,)?) => {$({
                let mut y = vec![E::zero(); a.len()];
                elementwise!(simd, [y.as_mut_slice()], [a, b], |[_], [$a, $b]| [$value]);
                outputs.push(($name, y));
            })*};
        }
        let (zero, one) = (E::splat(simd, E::zero()), E::splat(simd, E::one()));
        record! {
            "add": |a, b| E::vector_add(simd, a, b),
            "sub": |a, b| E::vector_sub(simd, a, b),
            "mul": |a, b| E::vector_mul(simd, a, b),
            "div": |a, b| E::vector_div(simd, a, b),
            "max": |a, b| E::vector_max(simd, a, b),
            "min": |a, b| E::vector_min(simd, a, b),
            "sqrt": |a, _| E::vector_sqrt(simd, a),
            "abs": |a, _| E::vector_abs(simd, a),
            "less": |a, b| E::select(simd, E::less_than(simd, a, b), zero, one),
            "equal": |a, b| E::select(simd, E::equal(simd, a, b), zero, one),
            "equal to itself": |a, _| E::select(simd, E::equal(simd, a, a), zero, one),
            "exp": |a, _| E::vector_exp(simd, a),
            "ln": |a, _| E::vector_ln(simd, a),
            "tanh": |a, _| E::vector_tanh(simd, a),
            "erf": |a, _| E::vector_erf(simd, a),
            "sigmoid": |a, _| E::vector_sigmoid(simd, a),
        }
        let mut y = c.to_vec();
        elementwise!(simd, [y.as_mut_slice()], [a], |[c], [a]| [E::vector_mul_add(simd, a, a, c)]);
        outputs.push(("mul_add", y));
        outputs
    }
}

/// Numbers of every size and sign with the special ones among them.
fn numbers<E: Element>(seed: u64, len: usize) -> Vec<E> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let special = [0.0, -0.0, 1.0, -1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e-40, -1e-310].map(E::from_f64);
    (0..len)
        .map(|i| match i % 8 {
            0 => special[i / 8 % special.len()],
            1..4 => E::from_le_bytes(&random.next_u64().to_le_bytes()[..size_of::<E>()]),
            _ => E::from_f64(random.next_u64() as f64 / 2f64.powi(60) - 8.0),
        })
        .collect()
}

/// The same bits, where all that is not a number counts as the same.
fn same<E: Element>(a: &[E], b: &[E]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| (a.is_nan() && b.is_nan()) || bytemuck::bytes_of(a) == bytemuck::bytes_of(b))
}

fn operations_agree_between_levels<E: Element>() {
    // No multiple of any number of lanes, and shorter than some.
    for len in [1, 3, 7, 13, 1021] {
        let [a, b, c] = [1, 2, 3].map(|seed| numbers::<E>(seed, len));
        let levels = at_every_level(EveryOperation(&a, &b, &c));
        for (level, outputs) in &levels {
            for ((name, expected), (_, found)) in levels[0].1.iter().zip(outputs) {
                assert!(same(expected, found), "{name} of {len} {} at level {level}", E::NAME);
            }
        }
    }
}

#[test]
fn single_operations_agree_between_levels() {
    operations_agree_between_levels::<f32>();
}

#[test]
fn double_operations_agree_between_levels() {
    operations_agree_between_levels::<f64>();
}

/// Copies the first elements of `0` by each kind of incomplete access, at most a vector of them.
#[derive(Clone, Copy)]
struct PartialAccess<'a, E>(&'a [E]);

impl<E: Element> Work for PartialAccess<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let lanes = lanes::<S, E>();
        let guard = E::from_f64(-7.0);
        for len in 0..lanes {
            let source = &self.0[..len];
            let mask = E::memory_mask(simd, 0..len);
            // SAFETY: the mask covers the `len` elements of `source`.
            let masked = unsafe { E::load_masked(simd, mask, source.as_ptr()) };
            for vector in [E::load_partial(simd, source), masked] {
                let vector: &[E] = bytemuck::cast_slice(core::slice::from_ref(&vector));
                assert!(same(&vector[..len], source));
                assert!(vector[len..].iter().all(|lane| *lane == E::zero()));
            }

            let whole = load::<S, E>(&self.0[..lanes]);
            let mut partial = vec![guard; lanes];
            E::store_partial(simd, &mut partial[..len], whole);
            let mut first = vec![guard; lanes];
            // SAFETY: `len` elements, fewer than `first` has.
            unsafe { E::store_first(simd, len, first.as_mut_ptr(), whole) };
            for stored in [partial, first] {
                assert!(same(&stored[..len], source));
                assert!(stored[len..].iter().all(|element| *element == guard));
            }

            // The lanes from `len` on.
            let mask = E::memory_mask(simd, len..lanes);
            let mut behind = vec![guard; lanes];
            // SAFETY: a whole vector is valid.
            let last = unsafe {
                E::store_masked(simd, mask, behind.as_mut_ptr(), whole);
                E::load_masked(simd, mask, self.0.as_ptr())
            };
            assert!(same(&behind[len..], &self.0[len..lanes]) && behind[..len].iter().all(|element| *element == guard));
            let last: &[E] = bytemuck::cast_slice(core::slice::from_ref(&last));
            assert!(same(&last[len..], &self.0[len..lanes]) && last[..len].iter().all(|lane| *lane == E::zero()));
        }
    }
}

#[test]
fn incomplete_accesses_touch_their_lanes_alone() {
    at_every_level(PartialAccess(&numbers::<f32>(4, 64)));
    at_every_level(PartialAccess(&numbers::<f64>(5, 64)));
}

#[test]
fn multiply_add_rounds_once() {
    #[derive(Clone, Copy)]
    struct MultiplyAdd<E>([E; 3]);
    impl<E: Element> Work for MultiplyAdd<E> {
        type Output = E;
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> E {
            let [a, b, c] = self.0.map(|value| E::splat(simd, value));
            let y = E::vector_mul_add(simd, a, b, c);
            bytemuck::cast_slice::<_, E>(core::slice::from_ref(&y))[0]
        }
    }
    let (e, d) = (f32::EPSILON, f64::EPSILON);
    // (1 + e)² - (1 + 2e) is e², which a rounded product would lose.
    for (level, y) in at_every_level(MultiplyAdd([1.0 + e, 1.0 + e, -1.0 - 2.0 * e])) {
        assert_eq!(y, e * e, "level {level}");
    }
    for (level, y) in at_every_level(MultiplyAdd([1.0 + d, 1.0 + d, -1.0 - 2.0 * d])) {
        assert_eq!(y, d * d, "level {level}");
    }
    // 1 + e + e/2 (1 - e²) lies just below the middle between two numbers; a sum rounded to `f64` first would hit the middle
    // and go to the even one above.
    for (level, y) in at_every_level(MultiplyAdd([1.0 + e, (1.0 - e) * (e / 2.0), 1.0 + e])) {
        assert_eq!(y, 1.0 + e, "level {level}");
    }
}

#[test]
fn the_larger_and_the_smaller_of_equals_and_of_no_numbers_are_the_first() {
    #[derive(Clone, Copy)]
    struct Ends<E>(E, E);
    impl<E: Element> Work for Ends<E> {
        type Output = [E; 2];
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> [E; 2] {
            let [a, b] = [self.0, self.1].map(|value| E::splat(simd, value));
            [E::vector_max(simd, a, b), E::vector_min(simd, a, b)].map(|y| bytemuck::cast_slice(&[y])[0])
        }
    }
    fn check<E: Element>() {
        let nan = f64::NAN;
        for (a, b, expected) in [
            (1.0, 2.0, [2.0, 1.0]),
            (2.0, 1.0, [2.0, 1.0]),
            (-3.0, f64::NEG_INFINITY, [-3.0, f64::NEG_INFINITY]),
            (0.0, -0.0, [0.0, 0.0]),
            (-0.0, 0.0, [-0.0, -0.0]),
            (nan, 1.0, [nan, nan]),
            (1.0, nan, [1.0, 1.0]),
        ] {
            for (level, ends) in at_every_level(Ends(E::from_f64(a), E::from_f64(b))) {
                assert!(same(&ends, &expected.map(E::from_f64)), "{a} and {b} at level {level}: {ends:?}");
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn sigmoid_saturates_without_overflow() {
    #[derive(Clone, Copy)]
    struct Sigmoid<'a, E>(&'a [E]);
    impl<E: Element> Work for Sigmoid<'_, E> {
        type Output = Vec<E>;
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Vec<E> {
            let mut y = self.0.to_vec();
            elementwise!(simd, [y.as_mut_slice()], [], |[x], []| [E::vector_sigmoid(simd, x)]);
            y
        }
    }
    fn check<E: Element>(one_from: f64, zero_to: f64) {
        let x: Vec<E> = (-40_000..=40_000).map(|i| E::from_f64(f64::from(i) / 32.0)).collect();
        for (level, y) in at_every_level(Sigmoid(&x)) {
            for (x, y) in x.iter().zip(&y) {
                let (x, y) = (Element::to_f64(*x), Element::to_f64(*y));
                assert!((0.0..=1.0).contains(&y), "sigmoid({x}) = {y} at level {level}");
                assert!(x < one_from || y == 1.0, "sigmoid({x}) = {y} at level {level}");
                assert!(x > zero_to || y == 0.0, "sigmoid({x}) = {y} at level {level}");
            }
            assert!(y.is_sorted(), "sigmoid falls somewhere at level {level}");
        }
        let ends = [f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 0.0].map(E::from_f64);
        for (level, y) in at_every_level(Sigmoid(&ends)) {
            assert_eq!(y, [1.0, 0.0, 1.0, 0.0, 0.5].map(E::from_f64), "level {level}");
        }
    }
    // e^-17.4 is less than half of the place next to 1, and e^-104 less than half of the least subnormal number.
    check::<f32>(17.4, -104.0);
    check::<f64>(36.8, -745.2);
}
