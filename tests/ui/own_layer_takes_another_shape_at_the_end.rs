use tintype::prelude::*;

struct Square;

impl<const N: usize> tintype::network::DeclaredLayer<Rank1<N>> for Square {
    type Output = Rank1<N>;
    type Layer<E: Element> = tintype::layers::Dense<E, N, N>;
}

network! {
    struct Net: [8, 8, 1] { conv: Conv2d(4, kernel = 3), Square }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
