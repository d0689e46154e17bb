use std::vec::Vec;

use pulp::Simd;

use super::Element;
use crate::kernels::elementwise::elementwise;
use crate::simd::{self, Work, at_every_level};

/// One of the functions, over a run of numbers.
#[derive(Clone, Copy, Debug)]
enum Function {
    Exp,
    Ln,
    Tanh,
    Erf,
    Sigmoid,
}

use Function::{Erf, Exp, Ln, Sigmoid, Tanh};

impl Function {
    fn exact(self, x: f64) -> f64 {
        match self {
            Exp => libm::exp(x),
            Ln => libm::log(x),
            Tanh => libm::tanh(x),
            Erf => libm::erf(x),
            Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
        }
    }

    /// The largest error in units in the last place, as the documentation promises.
    fn promised(self) -> f64 {
        match self {
            Exp | Ln => 1.0,
            Erf => 2.0,
            Sigmoid => 2.5,
            Tanh => 5.1,
        }
    }
}

#[derive(Clone, Copy)]
struct Map<'a>(Function, &'a [f32]);

impl Work for Map<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let mut y = self.1.to_vec();
        match self.0 {
            Exp => elementwise!(simd, [y.as_mut_slice()], [], |[x], []| [f32::vector_exp(simd, x)]),
            Ln => elementwise!(simd, [y.as_mut_slice()], [], |[x], []| [f32::vector_ln(simd, x)]),
            Tanh => elementwise!(simd, [y.as_mut_slice()], [], |[x], []| [f32::vector_tanh(simd, x)]),
            Erf => elementwise!(simd, [y.as_mut_slice()], [], |[x], []| [f32::vector_erf(simd, x)]),
            Sigmoid => elementwise!(simd, [y.as_mut_slice()], [], |[x], []| [f32::vector_sigmoid(simd, x)]),
        }
        y
    }
}

/// How far `y` is from `exact` in units in the last place of the latter; infinity counts as the power of two that follows the
/// largest number.
fn error(y: f32, exact: f64) -> f64 {
    let end = 2f64.powi(f32::MAX_EXP);
    let (y, exact) = (f64::from(y).clamp(-end, end), exact.clamp(-end, end));
    let exponent = libm::ilogb(exact).clamp(f32::MIN_EXP - 1, f32::MAX_EXP - 1);
    (y - exact).abs() / libm::ldexp(1.0, exponent - 23)
}

/// The largest error over every `step`th bit pattern, and where it is.
fn largest_error(function: Function, step: usize) -> (f64, f32) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = |thread: usize| {
        let mut patterns = (0..=u32::MAX).step_by(step).skip(thread).step_by(threads);
        let mut worst = (0.0, 0.0);
        loop {
            let x: Vec<f32> = patterns.by_ref().take(1 << 12).map(f32::from_bits).collect();
            if x.is_empty() {
                return worst;
            }
            for (&x, &y) in x.iter().zip(&simd::dispatch(Map(function, &x))) {
                let exact = function.exact(f64::from(x));
                assert_eq!(y.is_nan(), exact.is_nan(), "{function:?}({x:e}) = {y:e}");
                if !matches!(function, Exp | Ln | Sigmoid) {
                    assert!(y.abs() <= 1.0 && y.is_sign_negative() == x.is_sign_negative() || y.is_nan());
                }
                if error(y, exact) > worst.0 {
                    worst = (error(y, exact), x);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || share(thread))).collect();
        let shares = threads.into_iter().map(|thread| thread.join().unwrap());
        shares.fold((0.0, 0.0), |worst, share| if share.0 > worst.0 { share } else { worst })
    })
}

#[test]
fn errors_keep_the_promise() {
    for function in [Exp, Ln, Tanh, Erf, Sigmoid] {
        let (error, x) = largest_error(function, 4099);
        assert!(error <= function.promised(), "{function:?}({x:e}) is {error} units off");
    }
}

#[test]
fn tanh_is_one_at_both_ends_and_no_number_where_there_is_none() {
    let ends = [f32::NEG_INFINITY, f32::MIN, -8.2, 8.2, f32::MAX, f32::INFINITY];
    for (level, y) in simd::at_every_level(Map(Tanh, &ends)) {
        assert_eq!(y, [-1.0, -1.0, -1.0, 1.0, 1.0, 1.0], "{level}");
    }
    for (level, y) in simd::at_every_level(Map(Tanh, &[f32::NAN, -0.0])) {
        assert!(y[0].is_nan() && y[1].to_bits() == (-0.0_f32).to_bits(), "{level}: {y:?}");
    }
}

#[test]
fn no_rounding_takes_tanh_above_one() {
    // Below 7.5 the function is more units in the last place below 1 than the error has.
    let near_one: Vec<f32> = (7.5_f32.to_bits()..=8.5_f32.to_bits()).map(f32::from_bits).collect();
    for x in near_one.chunks(1 << 12) {
        assert!(simd::dispatch(Map(Tanh, x)).iter().all(|y| *y <= 1.0), "{x:?}");
    }
}

/// Tests of one function over every number, which take minutes, and in release only.
macro_rules! exhaustive {
    ($($name:ident: $function:ident),*) => {$(
        #[test]
        #[ignore = "exhaustive: minutes, and only in release"]
        fn $name() {
            let (error, x) = largest_error($function, 1);
            std::println!("{:?}: {error:.3} units at {x:e}", $function);
            assert!(error <= $function.promised(), "{:?}({x:e}) is {error} units off", $function);
        }
    )*};
}
exhaustive!(every_exp: Exp, every_ln: Ln, every_tanh: Tanh, every_erf: Erf, every_sigmoid: Sigmoid);

#[test]
fn special_values() {
    let (infinity, least) = (f32::INFINITY, f32::from_bits(1));
    let check = |function, pairs: &[(f32, f32)]| {
        let x: Vec<f32> = pairs.iter().map(|pair| pair.0).collect();
        for (level, y) in at_every_level(Map(function, &x)) {
            for (&(x, expected), y) in pairs.iter().zip(y) {
                let same = y.to_bits() == expected.to_bits() || y.is_nan() && expected.is_nan();
                assert!(same, "{function:?}({x:e}) = {y:e} at level {level}, not {expected:e}");
            }
        }
    };
    // The largest argument whose exponential is finite is 88.722_83, and -103.972_08 is the least whose is not zero.
    check(
        Exp,
        &[
            (0.0, 1.0),
            (-0.0, 1.0),
            (infinity, infinity),
            (-infinity, 0.0),
            (f32::MAX, infinity),
            (f32::MIN, 0.0),
            (88.722_84, infinity),
            (-103.972_08, least),
            (-103.972_09, 0.0),
            (least, 1.0),
            (f32::NAN, f32::NAN),
        ],
    );
    assert!(simd::dispatch(Map(Exp, &[88.722_83]))[0].is_finite());
    check(
        Ln,
        &[
            (1.0, 0.0),
            (0.0, -infinity),
            (-0.0, -infinity),
            (infinity, infinity),
            (-infinity, f32::NAN),
            (-1.0, f32::NAN),
            (-least, f32::NAN),
            (f32::NAN, f32::NAN),
            (least, -103.278_93),
        ],
    );
    for function in [Tanh, Erf] {
        check(
            function,
            &[
                (0.0, 0.0),
                (-0.0, -0.0),
                (infinity, 1.0),
                (-infinity, -1.0),
                (f32::MAX, 1.0),
                (f32::MIN, -1.0),
                (20.0, 1.0),
                (f32::NAN, f32::NAN),
            ],
        );
    }
    check(Tanh, &[(least, least), (-least, -least)]);
    check(Erf, &[(least, least), (-least, -least)]);
}
