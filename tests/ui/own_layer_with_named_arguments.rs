use tintype::prelude::*;

struct Square;

impl<const N: usize> tintype::network::DeclaredLayer<Rank1<N>> for Square {
    type Output = Rank1<N>;
    type Layer<E: Element> = tintype::layers::Dense<E, N, N>;
}

network! {
    struct Net: [8] -> [10] { Square(units = 3), Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
