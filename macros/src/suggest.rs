//! The nearest of several names to one that was mistyped.

/// What users of other frameworks call our layers and arguments.
const ALIASES: &[(&str, &str)] = &[
    ("linear", "Dense"),
    ("fullyconnected", "Dense"),
    ("convolution2d", "Conv2d"),
    ("maxpooling2d", "MaxPool2d"),
    ("averagepooling2d", "AvgPool2d"),
    ("averagepool2d", "AvgPool2d"),
    ("globalaveragepooling2d", "GlobalAvgPool2d"),
    ("adaptiveavgpool2d", "GlobalAvgPool2d"),
    ("batchnormalization", "BatchNorm"),
    ("batchnorm1d", "BatchNorm"),
    ("batchnorm2d", "BatchNorm"),
    ("swish", "Silu"),
    ("concatenate", "Concat"),
    ("kernelsize", "kernel"),
    ("poolsize", "window"),
    ("strides", "stride"),
    ("pad", "padding"),
    ("usebias", "bias"),
    ("filters", "filters"),
    ("dilationrate", "dilation"),
    ("eps", "epsilon"),
    ("negativeslope", "slope"),
    ("alpha", "slope"),
];

/// The candidate that `name` was probably meant to be, if one is near enough.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let plain = plain(name);
    if let Some((_, meant)) = ALIASES.iter().find(|(alias, _)| *alias == plain)
        && let Some(found) = candidates.clone().find(|candidate| candidate == meant)
    {
        return Some(found);
    }
    candidates
        .map(|candidate| (distance(&plain, &self::plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().min(plain.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Lower case without underscores: how a name sounds.
fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// The number of insertions, deletions, replacements and exchanges of neighbours between two names (the optimal string
/// alignment distance).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = match (i, j) {
                (i, 0) => i,
                (0, j) => j,
                _ => {
                    let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let mut best = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        best = best.min(table[i - 2][j - 2] + 1);
                    }
                    best
                }
            };
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["Dense", "Conv2d", "MaxPool2d", "Dropout"];
        let find = |name| nearest(name, names.iter().copied());
        assert_eq!(find("Dnese"), Some("Dense"));
        assert_eq!(find("Conv2D"), Some("Conv2d"));
        assert_eq!(find("MaxPooling2D"), Some("MaxPool2d"));
        assert_eq!(find("Linear"), Some("Dense"));
        assert_eq!(find("Encoder"), None);
        assert_eq!(find("Maxout"), None);
    }
}
