//! Blocks of layers one after the other, each with parameters of its own.

use bytemuck::Zeroable;
use pulp::Simd;

use crate::layer::{Backward, Layer, Memory, Mode, Room};
use crate::parameters::Layout;
use crate::plan::ALIGNMENT;
use crate::shape::window::Place;
use crate::shape::{Dims, Text};
use crate::tensor::{elements, elements_mut, tensors, tensors_mut};
use crate::{Element, Network, Parameters, Shape, Tensor};

/// `TIMES` blocks in a row: what one gives, the next is given.
#[derive(Clone, Debug)]
#[repr(transparent)]
pub struct Repeat<B, const TIMES: usize> {
    /// The blocks, the first one first.
    pub blocks: [B; TIMES],
}

// SAFETY: an array of blocks, for which all bits zero is a value.
unsafe impl<B: Zeroable, const TIMES: usize> Zeroable for Repeat<B, TIMES> {}
// SAFETY: transparent over an array of blocks that are runs of `E`; the layout repeats theirs as often.
unsafe impl<E: Element, B: Parameters<E>, const TIMES: usize> Parameters<E> for Repeat<B, TIMES> {
    const LAYOUT: Layout = Layout::Repeat(&B::LAYOUT, TIMES);

    #[inline(always)]
    fn update_statistics(&mut self, gradient: &Self) {
        for (block, gradient) in self.blocks.iter_mut().zip(&gradient.blocks) {
            block.update_statistics(gradient);
        }
    }
}

/// The elements that one block takes up: parameters, and what a training pass keeps of it.
pub const fn block_len<B: Network>() -> usize {
    let kept = B::MEMORY.tape.saturating_add(B::MEMORY.packed).saturating_add(B::Input::LEN.saturating_add(ALIGNMENT));
    B::PARAMS.saturating_add(kept)
}

/// How many blocks there are: as many as asked for, or none where memory cannot hold so many of `each` elements.
pub const fn times(times: usize, each: usize) -> usize {
    if crate::shape::fits(&[times, each]) { times } else { 0 }
}

/// The output: the block's, if it is what the block is given or there is only one block.
pub const fn output(input: Dims, block: Dims, times: usize, each: usize) -> Dims {
    let times = self::times(times, each);
    block.known_if(input.is_known() && times > 0 && (times == 1 || input.same(block)))
}

/// Reports a block that is to be repeated 0 times, or more often than memory can hold.
///
/// # Panics
/// If `times` is 0, or so many blocks of `each` elements are too many.
#[track_caller]
pub const fn check_times(place: Place, times: usize, each: usize) {
    let text = Text::new().layer(place.layer);
    if times == 0 {
        text.str(": a block that is repeated 0 times is no layer; it is at least 1").report();
    }
    if self::times(times, each) == 0 {
        text.str(": ").number(times).str(" blocks exceed what memory can hold; repeat it less often").report();
    }
}

/// Reports a block that does not give what it is given, so that another one cannot follow it.
///
/// # Panics
/// If both shapes are known and differ, and `times` is more than 1.
#[track_caller]
pub const fn check_body(place: Place, input: Dims, block: Dims, times: usize) {
    if times > 1 && input.is_known() && block.is_known() && !input.same(block) {
        Text::new()
            .layer(place.layer)
            .str(": a repeated block must give what it is given, but it makes ")
            .dims(block)
            .str(" of the ")
            .dims(input)
            .str(" that ")
            .str(place.source)
            .str("; change its last layer")
            .report();
    }
}

/// Elements of a value with its successor aligned.
const fn aligned<S: Shape>() -> usize {
    S::LEN.next_multiple_of(ALIGNMENT)
}

impl<E: Element, I: Shape, O: Shape, B: Layer<E, I, O>, const TIMES: usize> Layer<E, I, O> for Repeat<B, TIMES> {
    const MEMORY: Memory = Memory {
        // What lies between the blocks, then the blocks' own tapes.
        tape: TIMES.saturating_sub(1) * aligned::<I>() + TIMES * B::MEMORY.tape,
        workspace: 2 * aligned::<I>() + B::MEMORY.workspace,
        scratch: B::MEMORY.scratch,
        backward_scratch: B::MEMORY.backward_scratch,
        packed: TIMES * B::MEMORY.packed,
    };
    const MACS: u64 = TIMES as u64 * B::MACS;
    // The other blocks' inputs are outputs of blocks, whose gradients are wanted.
    const INPUT_GRADIENT_MACS: u64 = B::INPUT_GRADIENT_MACS;
    const REPLACES_GRADIENT: bool = B::REPLACES_GRADIENT;
    const COUPLES_BATCH: bool = B::COUPLES_BATCH;

    #[inline(always)]
    fn forward_batch<S: Simd>(
        &self,
        simd: S,
        x: &[Tensor<I, E>],
        y: &mut [Tensor<O, E>],
        room: Room<'_, E>,
        mode: Mode,
    ) {
        let samples = x.len();
        let stretch = aligned::<I>() * samples;
        let (buffers, workspace) = room.workspace.split_at_mut(2 * stretch);
        let training = mode.is_training();
        let (between, tapes) =
            if training { room.tape.split_at_mut(TIMES.saturating_sub(1) * stretch) } else { (buffers, room.tape) };
        let own = if training { B::MEMORY.tape * samples } else { 0 };
        for (turn, block) in self.blocks.iter().enumerate() {
            let tape = &mut tapes[turn * own..][..own];
            let room = Room { tape, workspace: &mut *workspace, scratch: &mut *room.scratch };
            // In training every value has a place of its own; for inference two of them take turns.
            let slot = |turn: usize| if training { turn } else { turn % 2 } * stretch;
            let mode = mode.part(turn);
            let last = turn + 1 == TIMES;
            if turn == 0 && last {
                block.forward_batch(simd, x, y, room, mode);
            } else if turn == 0 {
                let target = &mut between[slot(0)..][..O::LEN * samples];
                block.forward_batch(simd, x, tensors_mut(target), room, mode);
            } else if last {
                let source = &between[slot(turn - 1)..][..I::LEN * samples];
                block.forward_batch(simd, tensors(source), y, room, mode);
            } else {
                let (from, to) = (slot(turn - 1), slot(turn));
                let ranges = [from..from + I::LEN * samples, to..to + O::LEN * samples];
                let [source, target] = crate::plan::split(between, ranges);
                block.forward_batch(simd, tensors(source), tensors_mut(target), room, mode);
            }
        }
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, I, O>, gradient: &mut Self) {
        let samples = pass.x.len();
        let stretch = aligned::<I>() * samples;
        let (between, tapes) = pass.room.tape.split_at_mut(TIMES.saturating_sub(1) * stretch);
        let (gradients, workspace) = pass.room.workspace.split_at_mut(2 * stretch);
        let (mut even, mut odd) = gradients.split_at_mut(stretch);
        let scratch = pass.room.scratch;
        let mut wanted = pass.dx.map(elements_mut);
        let given = elements_mut(pass.dy);
        for turn in (0..TIMES).rev() {
            let (first, last) = (turn == 0, turn + 1 == TIMES);
            let x = if first { elements(pass.x) } else { &between[(turn - 1) * stretch..][..I::LEN * samples] };
            let y = if last { elements(pass.y) } else { &between[turn * stretch..][..O::LEN * samples] };
            // Gradients between the blocks take turns in two buffers.
            core::mem::swap(&mut even, &mut odd);
            let dy = if last { &mut *given } else { &mut odd[..O::LEN * samples] };
            let dx = if first { wanted.as_deref_mut() } else { Some(&mut even[..I::LEN * samples]) };
            let pass = Backward {
                x: tensors(x),
                y: tensors(y),
                dy: tensors_mut(dy),
                dx: dx.map(tensors_mut),
                packed: &pass.packed[turn * B::MEMORY.packed..][..B::MEMORY.packed],
                room: Room {
                    tape: &mut tapes[turn * B::MEMORY.tape * samples..][..B::MEMORY.tape * samples],
                    workspace: &mut *workspace,
                    scratch: &mut *scratch,
                },
                mode: pass.mode.part(turn),
                accumulate: pass.accumulate,
            };
            self.blocks[turn].backward_batch(simd, pass, &mut gradient.blocks[turn]);
        }
    }

    #[inline(always)]
    fn pack<S: Simd>(&self, simd: S, packed: &mut [E], input_gradient: bool) {
        for (turn, block) in self.blocks.iter().enumerate() {
            let packed = &mut packed[turn * B::MEMORY.packed..][..B::MEMORY.packed];
            block.pack(simd, packed, input_gradient || turn > 0);
        }
    }
}
