/// What opening a store would do to it.
public enum StoreOpening: String, Hashable, Sendable {
    /// There is none yet: it is made.
    case creates
    /// Nothing: its tables and its secrets are as this program has them.
    case asItIs
    /// An earlier version wrote it last: its tables are brought up to date first.
    case bringsUpToDate
    /// Secrets that lie in the clear, or partly so, are sealed under the present key first.
    case seals
}
