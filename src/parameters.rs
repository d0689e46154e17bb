//! What a network is made of: one flat run of numbers, and the table that says what each stretch of it means.

use bytemuck::Zeroable;

use crate::Element;

/// What a tensor of parameters is for; decides how it is initialised, trained and penalised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Weights of connections, drawn at random by the layer's [`Initializer`](crate::init::Initializer).
    Weight {
        /// How many inputs reach one output.
        fan_in: usize,
        /// How many outputs one input reaches.
        fan_out: usize,
    },
    /// An offset, zero at first.
    Bias,
    /// A factor, one at first.
    Scale,
    /// A statistic of the data that starts at this value: not trained by gradient, but kept up to date by the layer
    /// through [`Parameters::update_statistics`].
    Statistic(f64),
}

impl Role {
    /// Whether an optimizer changes the tensor.
    pub const fn is_trained(self) -> bool {
        !matches!(self, Self::Statistic(_))
    }
}

/// One tensor of parameters of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParameterTensor {
    /// Its name within the layer: `weight`, `bias`.
    pub name: &'static str,
    /// Its axes, the first slowest.
    pub axes: &'static [usize],
    /// What it is for.
    pub role: Role,
}

impl ParameterTensor {
    /// The number of elements.
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(&self) -> usize {
        let mut len = 1;
        let mut index = 0;
        while index < self.axes.len() {
            len *= self.axes[index];
            index += 1;
        }
        len
    }
}

/// The tensors that a layer or a network holds, in the order of memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    /// The tensors of a layer.
    Tensors(&'static [ParameterTensor]),
    /// Layers within a network, each under its name.
    Layers(&'static [NamedLayout]),
    /// So many layers of one layout, named `0`, `1`, …
    Repeat(&'static Layout, usize),
}

/// A layer within a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedLayout {
    /// The name in the declaration.
    pub name: &'static str,
    /// What draws the layer's weights at first.
    pub initializer: crate::init::Initializer,
    /// What the layer holds.
    pub layout: Layout,
}

impl Layout {
    /// No parameters.
    pub const NONE: Self = Self::Tensors(&[]);

    /// The number of elements of all tensors, `usize::MAX` where there are more.
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(&self) -> usize {
        match self {
            Self::Tensors(tensors) => {
                let mut len = 0;
                let mut index = 0;
                while index < tensors.len() {
                    len = tensors[index].len().saturating_add(len);
                    index += 1;
                }
                len
            }
            Self::Layers(layers) => {
                let mut len = 0;
                let mut index = 0;
                while index < layers.len() {
                    len = layers[index].layout.len().saturating_add(len);
                    index += 1;
                }
                len
            }
            Self::Repeat(layout, times) => layout.len().saturating_mul(*times),
        }
    }

    /// Whether every tensor is trained.
    pub const fn is_trained(&self) -> bool {
        match self {
            Self::Tensors(tensors) => {
                let mut index = 0;
                while index < tensors.len() {
                    if !tensors[index].role.is_trained() {
                        return false;
                    }
                    index += 1;
                }
                true
            }
            Self::Layers(layers) => {
                let mut index = 0;
                while index < layers.len() {
                    if !layers[index].layout.is_trained() {
                        return false;
                    }
                    index += 1;
                }
                true
            }
            Self::Repeat(layout, times) => *times == 0 || layout.is_trained(),
        }
    }

    /// The number of tensors.
    pub const fn tensor_count(&self) -> usize {
        match self {
            Self::Tensors(tensors) => tensors.len(),
            Self::Layers(layers) => {
                let mut count = 0;
                let mut index = 0;
                while index < layers.len() {
                    count += layers[index].layout.tensor_count();
                    index += 1;
                }
                count
            }
            Self::Repeat(layout, times) => layout.tensor_count() * *times,
        }
    }

    /// The tensor number `index` in the order of memory, or `None` if there are fewer.
    ///
    /// This is the way that constants walk the tree; [`visit`](Self::visit) is the quicker one at run time.
    pub const fn tensor(&self, index: usize) -> Option<Located> {
        match self {
            Self::Tensors(tensors) => {
                if index >= tensors.len() {
                    return None;
                }
                let mut offset = 0;
                let mut before = 0;
                while before < index {
                    offset += tensors[before].len();
                    before += 1;
                }
                Some(Located { tensor: tensors[index], offset, path: [Step::END; MAX_DEPTH] })
            }
            Self::Layers(layers) => {
                let mut rest = index;
                let mut offset = 0;
                let mut layer = 0;
                while layer < layers.len() {
                    let inner = &layers[layer].layout;
                    let count = inner.tensor_count();
                    if rest < count {
                        return match inner.tensor(rest) {
                            Some(found) => Some(found.within(Step::Name(layers[layer].name), offset)),
                            None => None,
                        };
                    }
                    rest -= count;
                    offset += inner.len();
                    layer += 1;
                }
                None
            }
            Self::Repeat(layout, times) => {
                let count = layout.tensor_count();
                if count == 0 || index / count >= *times {
                    return None;
                }
                let turn = index / count;
                match layout.tensor(index % count) {
                    Some(found) => Some(found.within(Step::Index(turn), turn * layout.len())),
                    None => None,
                }
            }
        }
    }

    /// Calls `visit` for every tensor in the order of memory.
    pub fn visit(&self, visit: &mut dyn FnMut(&Located, crate::init::Initializer)) {
        self.visit_within(&[Step::END; MAX_DEPTH], 0, 0, crate::init::Initializer::default(), visit);
    }

    fn visit_within(
        &self,
        path: &[Step; MAX_DEPTH],
        depth: usize,
        offset: usize,
        initializer: crate::init::Initializer,
        visit: &mut dyn FnMut(&Located, crate::init::Initializer),
    ) {
        let step = |step: Step| {
            let mut path = *path;
            if let Some(place) = path.get_mut(depth) {
                *place = step;
            }
            path
        };
        let mut offset = offset;
        match self {
            Self::Tensors(tensors) => {
                for tensor in *tensors {
                    visit(&Located { tensor: *tensor, offset, path: *path }, initializer);
                    offset += tensor.len();
                }
            }
            Self::Layers(layers) => {
                for layer in *layers {
                    let path = step(Step::Name(layer.name));
                    layer.layout.visit_within(&path, depth + 1, offset, layer.initializer, visit);
                    offset += layer.layout.len();
                }
            }
            Self::Repeat(layout, times) => {
                for turn in 0..*times {
                    let path = step(Step::Index(turn));
                    layout.visit_within(&path, depth + 1, offset, initializer, visit);
                    offset += layout.len();
                }
            }
        }
    }
}

/// How deep networks can be nested in networks.
pub const MAX_DEPTH: usize = 8;

/// One part of a tensor's full name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The name of a layer.
    Name(&'static str),
    /// The turn of a repeated block.
    Index(usize),
    /// No more parts.
    Nothing,
}

impl Step {
    const END: Self = Self::Nothing;
}

/// A tensor of parameters with its place in a network. Displayed, it is the full name: `encoder.conv1.weight`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Located {
    /// The tensor.
    pub tensor: ParameterTensor,
    /// The index of its first element in the flat run.
    pub offset: usize,
    /// The layers that lead to it, outermost first, filled up with [`Step::Nothing`].
    pub path: [Step; MAX_DEPTH],
}

impl Located {
    const fn within(mut self, step: Step, offset: usize) -> Self {
        let mut place = MAX_DEPTH - 1;
        while place > 0 {
            self.path[place] = self.path[place - 1];
            place -= 1;
        }
        self.path[0] = step;
        self.offset += offset;
        self
    }

    /// Where the tensor lies in the flat run.
    pub const fn range(&self) -> core::ops::Range<usize> {
        self.offset..self.offset + self.tensor.len()
    }
}

impl core::fmt::Display for Located {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for step in self.path {
            match step {
                Step::Name(name) => write!(f, "{name}.")?,
                Step::Index(index) => write!(f, "{index}.")?,
                Step::Nothing => break,
            }
        }
        f.write_str(self.tensor.name)
    }
}

/// A value that is parameters and nothing else: a layer, or a network of layers.
///
/// # Safety
/// The type is `repr(C)` or `repr(transparent)`, and consists of exactly `Self::LAYOUT.len()` values of type `E` and
/// nothing else: no padding, no other fields, no interior mutability. All bits zero is a value of it.
pub unsafe trait Parameters<E: Element>: Zeroable + Send + Sync + Sized + 'static {
    /// The tensors in the order of memory.
    const LAYOUT: Layout;

    /// All parameters as one run of numbers.
    #[inline(always)]
    fn as_slice(&self) -> &[E] {
        const { assert!(size_of::<Self>() == Self::LAYOUT.len() * size_of::<E>()) };
        // A value without elements is aligned to less than one.
        if const { Self::LAYOUT.len() == 0 } {
            return &[];
        }
        // SAFETY: by the contract of the trait the value is `LAYOUT.len()` values of `E`; the size was checked above.
        unsafe { core::slice::from_raw_parts(core::ptr::from_ref(self).cast(), const { Self::LAYOUT.len() }) }
    }

    /// All parameters as one run of numbers.
    #[inline(always)]
    fn as_mut_slice(&mut self) -> &mut [E] {
        const { assert!(size_of::<Self>() == Self::LAYOUT.len() * size_of::<E>()) };
        if const { Self::LAYOUT.len() == 0 } {
            return &mut [];
        }
        // SAFETY: as in `as_slice`; every bit pattern of an `E` is a value of it, so none can be broken by a write.
        unsafe { core::slice::from_raw_parts_mut(core::ptr::from_mut(self).cast(), const { Self::LAYOUT.len() }) }
    }

    /// Moves the statistics that the layer keeps of its data towards those of the last batch, which its backward pass
    /// left in the statistics' places of `gradient`. Layers without statistics do nothing.
    #[inline(always)]
    fn update_statistics(&mut self, gradient: &Self) {
        let _ = gradient;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Relu;

    #[test]
    fn a_layer_without_parameters_is_an_empty_slice() {
        assert!(Parameters::<f64>::as_slice(&Relu).is_empty());
        assert!(Parameters::<f64>::as_mut_slice(&mut Relu).is_empty());
    }
}
