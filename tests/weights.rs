//! Weights in and out: files of our own, files of the reference implementations in Rust and Python, and broken files.
#![cfg(feature = "std")]

use std::collections::HashMap;
use std::process::Command;

use bytemuck::Zeroable;
use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use tintype::init::Initializer;
use tintype::io::{self, Problem, embed, load_bytes};
use tintype::layers::{Conv2d, Dense};
use tintype::parameters::{Layout, NamedLayout};
use tintype::{Parameters, embed_weights};

/// A network as a declaration makes it: its layers, one after the other.
macro_rules! network {
    ($network:ident { $($layer:ident: $type:ty = $layout:expr),* $(,)? }) => {
        #[derive(Clone, Debug)]
        #[repr(C)]
        struct $network { $($layer: $type),* }
        // SAFETY: numbers, for which all bits zero is a value.
        unsafe impl Zeroable for $network {}
        // SAFETY: `repr(C)` over values of `f32` alone, which the layout names in their order.
        unsafe impl Parameters<f32> for $network {
            const LAYOUT: Layout = Layout::Layers(&[$(NamedLayout {
                name: stringify!($layer),
                initializer: Initializer::GlorotUniform,
                layout: $layout,
            }),*]);
        }
    };
}

const fn layout<L: Parameters<f32>>() -> Layout {
    L::LAYOUT
}

type Block = Dense<f32, 2, 2>;
network!(Head {
    inner: Dense<f32, 2, 3> = layout::<Dense<f32, 2, 3>>(),
    outer: Dense<f32, 3, 2, 0> = layout::<Dense<f32, 3, 2, 0>>(),
});
network!(Nested {
    conv1: Conv2d<f32, 1, 2, 3, 3> = layout::<Conv2d<f32, 1, 2, 3, 3>>(),
    blocks: [Block; 2] = Layout::Repeat(&<Block as Parameters<f32>>::LAYOUT, 2),
    head: Head = layout::<Head>(),
});

type Layer = Dense<f32, 3, 4>;
macro_rules! forty {
    ($($layer:ident)*) => { network!(Forty { $($layer: Layer = layout::<Layer>()),* }); };
}
forty!(layer0 layer1 layer2 layer3 layer4 layer5 layer6 layer7 layer8 layer9 layer10 layer11 layer12 layer13 layer14
    layer15 layer16 layer17 layer18 layer19);

network!(Many { blocks: [Dense<f32, 1, 1>; 600] = Layout::Repeat(&<Dense<f32, 1, 1> as Parameters<f32>>::LAYOUT, 600) });

static NESTED: &Nested = embed_weights!(Nested, "weights/nested.safetensors");
static FORTY: &Forty = embed_weights!(Forty, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/weights/forty.safetensors"));
/// In the opposite order, and without the macro, which would allow a long evaluation.
static FORTY_REVERSED: Forty = embed(include_bytes!("weights/forty_reversed.safetensors"));

fn counts_up(elements: &[f32]) -> bool {
    elements.iter().zip(0u16..).all(|(element, index)| element.to_bits() == f32::from(index).to_bits())
}

/// A network whose element number `i` is `i`.
fn counting<N: Parameters<f32>>() -> N {
    let mut network = N::zeroed();
    network.as_mut_slice().iter_mut().zip(0u16..).for_each(|(element, index)| *element = f32::from(index));
    network
}

fn bits<N: Parameters<f32>>(network: &N) -> Vec<u32> {
    network.as_slice().iter().map(|element| element.to_bits()).collect()
}

fn saved<N: Parameters<f32>>(network: &N) -> Vec<u8> {
    let mut file = Vec::new();
    io::to_writer(network, &mut file).unwrap();
    file
}

/// A file of this header and these data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// The header and the data of a file.
fn parts(file: &[u8]) -> (&str, &[u8]) {
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let (header, data) = file[8..].split_at(length);
    (std::str::from_utf8(header).unwrap(), data)
}

/// The message for a file that does not fit; the network has to stay as it was.
fn refusal<N: Parameters<f32>>(file: &[u8]) -> String {
    let mut network = counting::<N>();
    let problem = load_bytes(&mut network, file).expect_err("the file does not fit");
    assert!(counts_up(network.as_slice()));
    problem.to_string()
}

#[test]
fn the_compiler_reads_files_of_the_python_package() {
    assert!(counts_up(NESTED.as_slice()));
    assert!(counts_up(FORTY.as_slice()));
    assert!(counts_up(FORTY_REVERSED.as_slice()));
    assert_eq!(std::ptr::from_ref(NESTED).addr() % 64, 0);
}

#[test]
fn a_program_reads_files_of_the_python_package() {
    let mut nested = Nested::zeroed();
    load_bytes(&mut nested, include_bytes!("weights/nested.safetensors")).unwrap();
    assert!(counts_up(nested.as_slice()));
    let mut forty = Forty::zeroed();
    load_bytes(&mut forty, include_bytes!("weights/forty_reversed.safetensors")).unwrap();
    assert!(counts_up(forty.as_slice()));
}

#[test]
fn the_python_package_reads_our_files() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let present = Command::new(&python).args(["-c", "import numpy, safetensors"]).output();
    if !present.is_ok_and(|output| output.status.success()) {
        println!("skipped: `{python}` with the packages numpy and safetensors is not there (PYTHON names another one)");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("nested.safetensors");
    io::save(&counting::<Nested>(), &path).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/read_weights.py");
    let output = Command::new(&python).arg(script).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Sums of stretches of 0, 1, 2, …
    let expected = "\
blocks.0.bias float32 [2] 49.0
blocks.0.weight float32 [2, 2] 86.0
blocks.1.bias float32 [2] 61.0
blocks.1.weight float32 [2, 2] 110.0
conv1.bias float32 [2] 37.0
conv1.weight float32 [3, 3, 1, 2] 153.0
head.inner.bias float32 [3] 117.0
head.inner.weight float32 [2, 3] 207.0
head.outer.weight float32 [3, 2] 261.0
";
    assert_eq!(String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n"), expected);
}

proptest! {
    #[test]
    fn every_bit_survives(values in proptest::collection::vec(any::<u32>(), 47)) {
        let mut network = Nested::zeroed();
        network.as_mut_slice().iter_mut().zip(&values).for_each(|(place, &bits)| *place = f32::from_bits(bits));
        let file = saved(&network);

        let mut ours = Nested::zeroed();
        load_bytes(&mut ours, &file).unwrap();
        prop_assert_eq!(bits(&ours), values);

        // The reference implementation reads the same tensors, and writes them in an order of its own.
        let reference = SafeTensors::deserialize(&file).unwrap();
        prop_assert_eq!(reference.len(), Nested::LAYOUT.tensor_count());
        for index in 0..Nested::LAYOUT.tensor_count() {
            let tensor = Nested::LAYOUT.tensor(index).unwrap();
            let view = reference.tensor(&tensor.to_string()).unwrap();
            prop_assert_eq!(view.dtype(), Dtype::F32);
            prop_assert_eq!(view.shape(), tensor.tensor.axes);
            let bytes: Vec<u8> = network.as_slice()[tensor.range()].iter().flat_map(|v| v.to_le_bytes()).collect();
            prop_assert_eq!(view.data(), bytes);
        }
        let metadata = HashMap::from([("format".to_string(), "\u{1f600} \"quoted\" \\ {[".to_string())]);
        let theirs = safetensors::serialize(reference.tensors(), Some(metadata)).unwrap();
        prop_assert_ne!(&theirs, &file);
        let mut ours = Nested::zeroed();
        load_bytes(&mut ours, &theirs).unwrap();
        prop_assert_eq!(bits(&ours), bits(&network));
    }

    /// Whatever happens to a file: no panic, no partial load, and nothing accepted that the reference refuses.
    #[test]
    fn damaged_files_do_no_damage(
        flips in proptest::collection::vec((0usize..2000, any::<u8>()), 1..4),
        theirs in any::<bool>(),
    ) {
        let mut file = if theirs {
            include_bytes!("weights/nested.safetensors").to_vec()
        } else {
            saved(&counting::<Nested>())
        };
        let length = file.len();
        for (place, byte) in flips {
            file[place % length] = byte;
        }
        let mut network = Nested::zeroed();
        if load_bytes(&mut network, &file).is_ok() {
            let reference = SafeTensors::deserialize(&file).unwrap();
            for index in 0..Nested::LAYOUT.tensor_count() {
                let tensor = Nested::LAYOUT.tensor(index).unwrap();
                let ours = network.as_slice()[tensor.range()].iter().flat_map(|v| v.to_le_bytes());
                prop_assert!(ours.eq(reference.tensor(&tensor.to_string()).unwrap().data().iter().copied()));
            }
        } else {
            prop_assert!(bits(&network).iter().all(|&bits| bits == 0));
        }
    }

    #[test]
    fn rubbish_is_refused(header in ".{0,60}", data in proptest::collection::vec(any::<u8>(), 0..60)) {
        refusal::<Nested>(&data);
        refusal::<Nested>(&file(&header, &data));
        refusal::<Nested>(&file(&format!("{{{header}"), &data));
    }
}

#[test]
fn every_truncation_is_refused() {
    for whole in [&include_bytes!("weights/nested.safetensors")[..], &saved(&counting::<Nested>())] {
        for length in 0..whole.len() {
            refusal::<Nested>(&whole[..length]);
        }
        load_bytes(&mut Nested::zeroed(), whole).unwrap();
    }
}

#[test]
fn every_flipped_bit_of_a_header_is_survived() {
    let whole = saved(&counting::<Nested>());
    let header = 8 + parts(&whole).0.len();
    for bit in 0..8 * header {
        let mut file = whole.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        let mut network = Nested::zeroed();
        if load_bytes(&mut network, &file).is_ok() {
            assert!(SafeTensors::deserialize(&file).is_ok(), "bit {bit}");
            assert!(counts_up(network.as_slice()), "bit {bit}");
        } else {
            assert!(network.as_slice().iter().all(|element| element.to_bits() == 0));
        }
    }
}

/// The header of a `Dense<f32, 2, 3>` whose elements count up.
const DENSE: &str = r#"{"weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"bias":{"dtype":"F32","shape":[3],"data_offsets":[24,36]}}"#;

fn nine() -> Vec<u8> {
    (0u16..9).flat_map(|index| f32::from(index).to_le_bytes()).collect()
}

#[test]
fn what_the_format_allows_is_read() {
    for header in [
        DENSE.to_string(),
        DENSE.to_string() + " \n  ",
        DENSE.replace(',', " \n,\t ").replace(':', " :\r").replace('[', " [ "),
        DENSE.replace(r#""weight""#, r#""\u0077eigh\u0074""#),
        DENSE.replace(r#""F32","shape":[3]"#, r#""\u00463\u0032", "extra" : [{"a":[null, -1.5e3]}, true], "shape":[3]"#),
        DENSE.replacen('{', r#"{"__metadata__":{}, "#, 1),
        DENSE.replace("}}", r#"},"__metadata__":{"weight":"{\"a\":[\\","":"\ud83d\ude00"}}"#),
        r#"{"bias":{"data_offsets":[24,36],"shape":[3],"dtype":"F32"},"weight":{"shape":[2,3],"data_offsets":[0,24],"dtype":"F32"}}"#.to_string(),
    ] {
        let mut layer = Dense::<f32, 2, 3>::zeroed();
        load_bytes(&mut layer, &file(&header, &nine())).unwrap_or_else(|problem| panic!("{header}: {problem}"));
        assert!(counts_up(layer.as_slice()), "{header}");
    }
}

#[test]
fn messages_name_the_tensor_what_the_file_has_and_what_the_network_wants() {
    let message = |header: &str| refusal::<Dense<f32, 2, 3>>(&file(header, &nine()));
    let cases = [
        (DENSE.replace("[2,3]", "[2,4]"), "tensor `weight`: the file has the shape [2, 4], the network wants [2, 3]"),
        (
            DENSE.replace("[2,3]", "[3,2]"),
            "tensor `weight`: the file has the shape [3, 2], the network wants [2, 3]; the axes are in another order, \
             so transpose the tensor",
        ),
        (DENSE.replace("[3]", "[]"), "tensor `bias`: the file has the shape [], the network wants [3]"),
        (
            DENSE.replacen("F32", "F16", 1),
            "tensor `weight`: the file has elements of type `F16`, the network wants `F32`; convert the file",
        ),
        (
            DENSE.replace("weight", "kernel"),
            "tensor `kernel`: the file has it, the network does not; the network's tensors are `weight`, `bias`",
        ),
        (
            DENSE[..DENSE.find(r#","bias""#).unwrap()].to_string() + "}",
            "tensor `bias`: the file does not have it, the network wants it with the shape [3]",
        ),
        (
            DENSE.replace("}}", r#"},"bias":{"dtype":"F32","shape":[3],"data_offsets":[24,36]}}"#),
            "tensor `bias`: the file has it twice",
        ),
        (
            DENSE.replace("[24,36]", "[24,40]"),
            "tensor `bias`: the file gives it the bytes from 24 to 40 of its data, but it takes 12 bytes",
        ),
        (
            DENSE.replace("[24,36]", "[36,24]"),
            "tensor `bias`: the file gives it the bytes from 36 to 24 of its data, but it takes 12 bytes",
        ),
        (
            DENSE.replace("[24,36]", "[28,40]"),
            "tensor `bias`: it ends at byte 40 of the data, but the file has only 36; it is cut off",
        ),
        (
            DENSE.replace("[24,36]", "[12,24]"),
            "two tensors of the file overlap: the second begins at byte 12 of the data",
        ),
        (
            DENSE.replace("[2,3],", "[2,3]"),
            "the header is not as the safetensors format prescribes: at byte 46 of the file there should be `,` or `}`",
        ),
        (
            DENSE.replace("[2,3]", "[2,-3]"),
            "the header is not as the safetensors format prescribes: at byte 44 of the file there should be an integer \
             that fits the machine",
        ),
    ];
    for (header, expected) in cases {
        assert_eq!(message(&header), expected, "{header}");
    }
}

#[test]
fn messages_on_files_as_a_whole() {
    let layer = |file: &[u8]| refusal::<Dense<f32, 2, 3>>(file);
    assert_eq!(layer(&[]), "this is no safetensors file: it has only 0 bytes");
    assert_eq!(
        layer(&[&1000u64.to_le_bytes()[..], b"short"].concat()),
        "this is no safetensors file, or it is cut off: its first bytes announce a header of 1000 bytes, but only 5 follow"
    );
    let mut longer = nine();
    longer.extend([0; 5]);
    assert_eq!(layer(&file(DENSE, &longer)), "the file has 41 bytes of data, but its tensors take only 36");
    assert_eq!(
        refusal::<Nested>(&file(DENSE, &nine())),
        "tensor `weight`: the file has it, the network does not; the network's tensors are `conv1.weight`, \
         `conv1.bias`, `blocks.0.weight`, `blocks.0.bias`, `blocks.1.weight`, `blocks.1.bias` and 3 more"
    );
    let long = DENSE.replace("weight", &"é".repeat(500));
    assert!(layer(&file(&long, &nine())).starts_with(&format!("tensor `{}…`: the file has it", "é".repeat(32))));
}

#[test]
fn broken_headers_are_refused() {
    for header in [
        String::new(),
        " ".to_string() + DENSE,
        DENSE.to_string() + "}",
        DENSE.to_string() + "\0",
        DENSE.replace("}}", "},}"),
        DENSE.replace("}}", "}"),
        DENSE.replace("[2,3]", "[2,3,]"),
        DENSE.replace("[0,24]", "[0,24,24]"),
        DENSE.replace("[0,24]", "[0]"),
        DENSE.replace("[0,24]", "[0,24.0]"),
        DENSE.replace("[0,24]", "[00,24]"),
        DENSE.replace("[2,3]", "[2,3],\"shape\":[2,3]"),
        DENSE.replace(r#""dtype":"F32","shape":[3],"#, r#""shape":[3],"#),
        DENSE.replace("[3]", "[340282366920938463463374607431768211456]"),
        DENSE.replace("[24,36]", "[18446744073709551612,8]"),
        DENSE.replacen('{', r#"{"__metadata__":{"a":1},"#, 1),
        DENSE.replacen('{', r#"{"__metadata__":[],"#, 1),
        DENSE.replacen('{', r#"{"__metadata__":{},"__metadata__":{},"#, 1),
        DENSE.replace("weight", "w\neight"),
        DENSE.replace("weight", r"\ud800weight"),
        "{".repeat(100_000),
    ] {
        refusal::<Dense<f32, 2, 3>>(&file(&header, &nine()));
    }
    let mut not_utf8 = file(DENSE, &nine());
    not_utf8[10] = 0xff;
    assert!(refusal::<Dense<f32, 2, 3>>(&not_utf8).ends_with("at byte 10 of the file there should be text in UTF-8"));
}

#[test]
fn thousands_of_tensors_are_told_apart() {
    let network = counting::<Many>();
    let whole = saved(&network);
    let mut loaded = Many::zeroed();
    load_bytes(&mut loaded, &whole).unwrap();
    assert!(counts_up(loaded.as_slice()));

    let (header, data) = parts(&whole);
    let header = header.trim_end();
    let entry = r#","blocks.590.bias":{"dtype":"F32","shape":[1],"data_offsets":[4724,4728]}"#;
    assert!(header.contains(entry));
    assert_eq!(
        refusal::<Many>(&file(&header.replace(entry, ""), data)),
        "tensor `blocks.590.bias`: the file does not have it, the network wants it with the shape [1]"
    );
    assert_eq!(
        refusal::<Many>(&file(&header.replace(entry, &(entry.to_string() + entry)), data)),
        "tensor `blocks.590.bias`: the file has it twice"
    );
}

#[test]
fn numbers_of_another_precision_are_not_converted() {
    let mut double = Dense::<f64, 2, 1>::zeroed();
    double.weight = [[0.1], [-0.2]];
    let mut file = Vec::new();
    io::to_writer(&double, &mut file).unwrap();
    let mut loaded = Dense::<f64, 2, 1>::zeroed();
    load_bytes(&mut loaded, &file).unwrap();
    assert_eq!(loaded.weight.map(|[w]| w.to_bits()), double.weight.map(|[w]| w.to_bits()));
    assert_eq!(
        refusal::<Dense<f32, 2, 1>>(&file),
        "tensor `weight`: the file has elements of type `F64`, the network wants `F32`; convert the file"
    );
}

#[test]
fn a_layer_without_parameters_has_an_empty_file() {
    let file = {
        let mut file = Vec::new();
        io::to_writer::<f32, _>(&tintype::layers::Relu, &mut file).unwrap();
        file
    };
    assert_eq!(SafeTensors::deserialize(&file).unwrap().len(), 0);
    load_bytes::<f32, _>(&mut tintype::layers::Relu, &file).unwrap();
    assert!(matches!(
        load_bytes::<f32, _>(&mut tintype::layers::Relu, &self::file(DENSE, &nine())),
        Err(Problem::Unknown { .. })
    ));
}

#[test]
fn files_are_aligned_and_in_the_order_of_the_network() {
    let network = counting::<Nested>();
    let file = saved(&network);
    let (header, data) = parts(&file);
    assert_eq!(header.len() % 8, 0);
    let flat: Vec<u8> = network.as_slice().iter().flat_map(|element| element.to_le_bytes()).collect();
    assert_eq!(data, flat);
}

#[test]
fn a_file_is_named_in_its_errors() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weights.safetensors");
    let mut network = counting::<Nested>();

    let error = io::load(&mut network, &path).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot read weights from `{}`: ", path.display())), "{error}");

    io::save(&Dense::<f32, 2, 3>::zeroed(), &path).unwrap();
    let error = io::load(&mut network, &path).unwrap_err().to_string();
    let expected = format!("the weights in `{}` are not those of the network: tensor `weight`: ", path.display());
    assert!(error.starts_with(&expected), "{error}");
    assert!(counts_up(network.as_slice()));

    let nowhere = directory.path().join("missing").join("weights.safetensors");
    let error = io::save(&network, &nowhere).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot write weights to `{}`: ", nowhere.display())), "{error}");

    io::save(&network, &path).unwrap();
    let mut loaded = Nested::zeroed();
    io::load(&mut loaded, &path).unwrap();
    assert!(counts_up(loaded.as_slice()));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn names_need_not_be_plain() {
    let weight = [0u8; 24];
    let view = || TensorView::new(Dtype::F32, vec![2, 3], &weight).unwrap();
    let file = safetensors::serialize([("a\"b\\\n", view())], None).unwrap();
    assert_eq!(
        refusal::<Dense<f32, 2, 3>>(&file),
        r#"tensor `a\"b\\\n`: the file has it, the network does not; the network's tensors are `weight`, `bias`"#
    );
}
