/// The witness that a store was made for tests: without it, there are no emulated devices.
///
/// Whoever holds one has looked at the store, which says so for ever.
public struct TestMark: Sendable {
    /// Takes what a store says of itself; `nil` unless that is `test`.
    public init?(_ storeMark: String) {
        guard storeMark == "test" else { return nil }
    }
}
