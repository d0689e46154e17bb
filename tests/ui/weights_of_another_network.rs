use tintype::prelude::*;

network! { struct Other: [28, 28, 1] -> [10] { Flatten, hidden: Dense(32), Dense(10) } }

network! {
    struct Net: [28, 28, 1] -> [10] { Flatten, hidden: Dense(64), Dense(10) }
}

fn main() {
    let mut net = Net::boxed(Seed(1));
    let other = Other::boxed(Seed(1));
    net.hidden = other.hidden.clone();
    println!("{}", net.hidden.weight.len());
}
