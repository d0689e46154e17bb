//! Activations that ride on the layer in front of them.

use quote::quote;

use super::{Node, NodeKind, Value};
use crate::layers::Nature;

/// Lets layers apply the activations behind them, where nobody reads what is in between, not even the layer itself in
/// its backward pass; gives the initializer that suits an activation to the layer in front.
pub(super) fn fuse(nodes: Vec<Node>, values: &[Value], result: usize) -> Vec<Node> {
    let mut readers = vec![0; values.len()];
    for node in &nodes {
        for &input in &node.inputs {
            readers[values[input].root] += 1;
        }
    }
    readers[values[result].root] += 1;
    let mut fused: Vec<Node> = Vec::new();
    for node in nodes {
        if let NodeKind::Layer(layer) = &node.kind
            && matches!(layer.nature, Nature::Activation | Nature::Stateless)
            && let Some(before) = fused.last_mut()
            && before.output == node.inputs[0]
            && let NodeKind::Layer(target) = &mut before.kind
            && target.nature.is_field()
            && target.activation.is_none()
        {
            if target.initializer.is_none() {
                target.initializer.clone_from(&layer.initializer);
            }
            if layer.nature == Nature::Activation && target.nature == Nature::Fusing && readers[before.output] == 1 {
                let ty = layer.ty();
                target.activation = Some(quote!(<#ty as ::core::default::Default>::default()));
                target.kind = format!("{}, {}", target.kind, layer.kind);
                before.output = node.output;
                continue;
            }
        }
        fused.push(node);
    }
    fused
}
