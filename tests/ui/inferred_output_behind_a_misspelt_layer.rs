use tintype::prelude::*;

network! {
    struct Net: [28, 28, 1] { Flaten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let image = Tensor::<Rank3<28, 28, 1>>::zeros();
    let output: Tensor<Rank1<10>> = net.forward(&image);
    println!("{output:?} {}", Net::summary());
}
