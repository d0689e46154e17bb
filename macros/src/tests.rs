//! The macro on tokens, without a compiler.

use std::str::FromStr;

use proc_macro2::TokenStream;

use crate::model::{Network, NodeKind};
use crate::{expand, model, parse};

fn read(text: &str) -> (Vec<Network>, Vec<String>) {
    let tokens = TokenStream::from_str(text).expect("the declaration is made of tokens");
    let (declaration, mut errors) = parse::declaration(tokens);
    let networks = declaration.map_or_else(Vec::new, |declaration| model::build(&declaration, &mut errors));
    (networks, errors.messages().into_iter().map(str::to_owned).collect())
}

/// The network of a declaration without mistakes.
fn network(text: &str) -> Network {
    let (mut networks, errors) = read(text);
    assert_eq!(errors, Vec::<String>::new());
    networks.pop().expect("a declaration is a network")
}

/// The mistakes in a list of layers.
fn mistakes(layers: &str) -> Vec<String> {
    let (networks, errors) = read(&format!("struct Net: [8] -> [10] {{ {layers} }}"));
    assert!(!networks.is_empty(), "the struct is there beside its mistakes");
    errors
}

/// The expansion as a person would format it.
fn expansion(text: &str) -> String {
    let (networks, errors) = read(text);
    assert_eq!(errors, Vec::<String>::new());
    let code = expand::networks(&networks, TokenStream::new());
    prettyplease::unparse(&syn::parse2(code).expect("the expansion is Rust"))
}

/// Each node in a line: `name(inputs) -> output`.
fn graph(network: &Network) -> Vec<String> {
    let line = |node: &model::Node| {
        let kind = match &node.kind {
            NodeKind::Layer(layer) => layer.kind.as_str(),
            NodeKind::Add => "+",
            NodeKind::Concat => "|",
        };
        format!("{} = {kind} {:?} -> {}", node.name, node.inputs, node.output)
    };
    network.nodes.iter().map(line).collect()
}

#[test]
fn activations_ride_on_the_layer_in_front() {
    let network = network("struct Net: [4] { Relu, Dense(3), Tanh, Tanh, Dense(2), Softmax }");
    assert_eq!(
        graph(&network),
        [
            "relu1 = Relu [0] -> 1",
            "dense1 = Dense, Tanh [1] -> 3",
            "tanh2 = Tanh [3] -> 4",
            "dense2 = Dense [4] -> 5",
            "softmax1 = Softmax [5] -> 6",
        ]
    );
}

#[test]
fn an_activation_that_others_read_past_does_not_ride() {
    let network = network("struct Net: [4] { Dense(4), Residual { Tanh }, Dense(3) }");
    assert_eq!(
        graph(&network),
        ["dense1 = Dense [0] -> 1", "tanh1 = Tanh [1] -> 2", "residual1 = + [2, 1] -> 3", "dense2 = Dense [3] -> 4"]
    );
}

#[test]
fn a_view_shares_the_memory_of_what_it_views() {
    let network = network("struct Net: [2, 3] { Flatten, Dense(6), Reshape([3, 2]) }");
    let roots: Vec<_> = network.values.iter().map(|value| value.root).collect();
    assert_eq!(roots, [0, 0, 2, 2]);
    assert_eq!(graph(&network), ["dense1 = Dense [1] -> 2"]);
}

#[test]
fn blocks_are_nodes_of_several_inputs_and_names_within_names() {
    let network = network(
        "struct Net: [4] { \
            a: Residual { x: Dense(4) } shortcut { x: Dense(4) }, \
            b: Concat { left: { Dense(2) }, right: { Residual { x: Dense(4) } } } \
        }",
    );
    assert_eq!(
        graph(&network),
        [
            "a.x = Dense [0] -> 1",
            "a.shortcut.x = Dense [0] -> 2",
            "a = + [1, 2] -> 3",
            "b.left.dense1 = Dense [3] -> 4",
            "b.right.x = Dense [3] -> 5",
            "b.right.residual1 = + [5, 3] -> 6",
            "b = | [4, 6] -> 7",
        ]
    );
}

#[test]
fn a_repeated_block_is_a_network_of_its_own() {
    let (networks, errors) = read("struct Net: [4] { outer: Repeat(3) { Dense(4), Repeat(2) { Tanh } } }");
    assert_eq!(errors, Vec::<String>::new());
    let names: Vec<_> = networks.iter().map(|network| network.name.to_string()).collect();
    assert_eq!(names, ["NetOuterRepeat1", "NetOuter", "Net"]);
}

#[test]
fn shapes_are_known_where_all_sizes_are_numbers() {
    let network = network(
        "struct Net: [28, 28, 1] { \
            Conv2d(8, kernel = [3, 5], padding = [1, 0]), MaxPool2d(2), Conv2d(4, kernel = 3, stride = 2, padding = Same), \
            Conv2d(4, kernel = 3, dilation = 2), AvgPool2d(2, stride = 1), Flatten, Reshape([2, 2]), Concat { a: {}, b: {} }, \
            Dense(N) \
        }",
    );
    let axes: Vec<_> = network.values.iter().map(|value| value.axes.clone()).collect();
    let expected: [Option<&[usize]>; 10] = [
        Some(&[28, 28, 1]),
        Some(&[28, 24, 8]),
        Some(&[14, 12, 8]),
        Some(&[7, 6, 4]),
        Some(&[3, 2, 4]),
        Some(&[2, 1, 4]),
        Some(&[8]),
        Some(&[2, 2]),
        Some(&[2, 4]),
        None,
    ];
    assert_eq!(axes, expected.map(|axes| axes.map(<[usize]>::to_vec)));
}

#[test]
fn each_entry_of_a_list_has_its_own_mistake() {
    let mistakes =
        mistakes("Dens(3), Dense(8) Relu, , 7, Dense(\"8\"), Dense(8, units = 3), x: Relu, x: Tanh, Dense(10)");
    assert_eq!(mistakes.len(), 7, "{mistakes:#?}");
    for (mistake, part) in [
        "layer is missing in front of this comma",
        "a comma is missing in front of this",
        "a layer is expected here",
        "did you mean `Dense`?",
        "`units` is a whole number, not a string",
        "`units` of `Dense` is given twice",
        "there is a layer `x` already",
    ]
    .iter()
    .enumerate()
    {
        assert!(mistakes.iter().any(|text| text.contains(part)), "{mistake}: {part} in {mistakes:#?}");
    }
}

#[test]
fn a_block_may_stand_without_a_comma_behind_it() {
    assert_eq!(mistakes("Residual { Dense(8) } Repeat(2) { Tanh } Dense(10)"), Vec::<String>::new());
    assert_eq!(mistakes("Residual { Dense(8) } shortcut { Relu } Dense(10)"), Vec::<String>::new());
}

#[test]
fn the_outline_is_read_past_its_mistakes() {
    for text in [
        "enum Net: [8] -> [10] { Dense(10) }",
        "pub Net: [8] -> [10] { Dense(10) }",
        "struct Net<T>: [8] -> [10] { Dense(10) }",
        "struct Net [8] -> [10] { Dense(10) }",
        "struct Net: (8) -> [10] { Dense(10) }",
        "struct Net: [] -> [10] { Dense(10) }",
        "struct Net: [8] => [10] { Dense(10) }",
        "struct Net: [8] [10] { Dense(10) }",
        "struct Net: [8] -> 10 { Dense(10) }",
        "struct Net: [8] -> [10] ( Dense(10) )",
        "struct Net: [8] -> [10];",
        "struct Net: [8] -> [10] { Dense(10) } Relu",
    ] {
        let (networks, errors) = read(text);
        assert_eq!((networks.len(), errors.len()), (1, 1), "{text}: {errors:?}");
    }
}

#[test]
fn no_declaration_is_an_error_at_least() {
    for text in ["", "struct", "fn main() {}", "Dense(10)", "struct : [8] { Dense(10) }"] {
        let (networks, errors) = read(text);
        assert_eq!((networks.len(), errors.len()), (0, 1), "{text}");
    }
}

#[test]
fn expansion_of_a_chain() {
    insta::assert_snapshot!(expansion(
        "/// Tells digits apart.
        #[derive(Debug)]
        pub struct Chain: [12, 12, 1] -> [10] {
            /// Finds edges.
            conv: Conv2d(8, kernel = 3, stride = STRIDE, init = HeNormal), Relu,
            MaxPool2d(2), Flatten, Dropout(0.5), output: Dense(10),
        }"
    ));
}

#[test]
fn expansion_of_branches() {
    insta::assert_snapshot!(expansion(
        "struct Branches: [4] {
            block: Residual { Dense(4), Tanh } shortcut { Dense(4, bias = false) },
            Concat { a: { Dense(2) }, b: {} },
        }"
    ));
}

#[test]
fn expansion_of_a_repeated_block() {
    insta::assert_snapshot!(expansion("pub(crate) struct Repeated: [4] -> [4] { Repeat(TIMES) { Dense(4), Tanh } }"));
}

#[test]
fn passes_through_many_nodes_are_cut_into_sections() {
    let sections = |layers: usize| {
        let code = expansion(&format!("struct Net: [4] -> [4] {{ {} }}", "Dense(4), Tanh, ".repeat(layers)));
        let implemented = code.lines().filter(|line| line.contains("network::Section<")).count();
        let calls = |name| code.lines().filter(|line| line.contains(name)).count();
        assert_eq!(calls("network::forward_section"), implemented);
        assert_eq!(calls("network::backward_section"), implemented);
        assert_eq!(calls("network::forward_layer"), layers);
        assert_eq!(calls("network::backward_layer"), layers);
        implemented
    };
    assert_eq!([1, 8, 9, 16, 17].map(sections), [0, 0, 2, 2, 3]);
}

#[test]
fn expansion_of_nested_networks() {
    insta::assert_snapshot!(expansion("struct Nested: [4] -> [3] { encoder: super::Encoder, Maxout(3, 2) }"));
}
