//! Loops over the elements of one or more runs, a vector at a time, with a partial vector at the end.

use pulp::Simd;

use super::{load, store};
use crate::Element;
use crate::element::lanes;

/// `y = f(y)`
#[inline(always)]
pub fn update<S: Simd, E: Element>(simd: S, y: &mut [E], f: impl Fn(E::Vector<S>) -> E::Vector<S>) {
    let mut chunks = y.chunks_exact_mut(lanes::<S, E>());
    for y in &mut chunks {
        store::<S, E>(y, f(load::<S, E>(y)));
    }
    let y = chunks.into_remainder();
    if !y.is_empty() {
        let value = f(E::load_partial(simd, y));
        E::store_partial(simd, y, value);
    }
}

/// `y = f(y, a)`
#[inline(always)]
pub fn update_with<S: Simd, E: Element>(
    simd: S,
    y: &mut [E],
    a: &[E],
    f: impl Fn(E::Vector<S>, E::Vector<S>) -> E::Vector<S>,
) {
    let len = y.len().min(a.len());
    let mut ys = y[..len].chunks_exact_mut(lanes::<S, E>());
    let mut xs = a[..len].chunks_exact(lanes::<S, E>());
    for (y, a) in (&mut ys).zip(&mut xs) {
        store::<S, E>(y, f(load::<S, E>(y), load::<S, E>(a)));
    }
    let (y, a) = (ys.into_remainder(), xs.remainder());
    if !y.is_empty() {
        let value = f(E::load_partial(simd, y), E::load_partial(simd, a));
        E::store_partial(simd, y, value);
    }
}

/// `y = f(a)`
#[inline(always)]
pub fn map<S: Simd, E: Element>(simd: S, y: &mut [E], a: &[E], f: impl Fn(E::Vector<S>) -> E::Vector<S>) {
    update_with(simd, y, a, |_, a| f(a));
}

/// `y = f(a, b)`
#[inline(always)]
pub fn map_with<S: Simd, E: Element>(
    simd: S,
    y: &mut [E],
    a: &[E],
    b: &[E],
    f: impl Fn(E::Vector<S>, E::Vector<S>) -> E::Vector<S>,
) {
    let len = y.len().min(a.len()).min(b.len());
    let mut ys = y[..len].chunks_exact_mut(lanes::<S, E>());
    let mut xs = a[..len].chunks_exact(lanes::<S, E>());
    let mut zs = b[..len].chunks_exact(lanes::<S, E>());
    for ((y, a), b) in (&mut ys).zip(&mut xs).zip(&mut zs) {
        store::<S, E>(y, f(load::<S, E>(a), load::<S, E>(b)));
    }
    let (y, a, b) = (ys.into_remainder(), xs.remainder(), zs.remainder());
    if !y.is_empty() {
        let value = f(E::load_partial(simd, a), E::load_partial(simd, b));
        E::store_partial(simd, y, value);
    }
}

/// `y += a`
#[inline(always)]
pub fn accumulate<S: Simd, E: Element>(simd: S, y: &mut [E], a: &[E]) {
    update_with(simd, y, a, |y, a| E::vector_add(simd, y, a));
}
