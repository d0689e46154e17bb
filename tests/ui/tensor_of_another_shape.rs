use tintype::prelude::*;

network! {
    struct Net: [28, 28, 1] -> [10] { Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let image = Tensor::<Rank3<32, 32, 1>>::zeros();
    let output = net.forward(&image);
    println!("{output:?}");
}
