/// The time that several commands share, asked for between them: each has a deadline of its own, their sum has this one.
///
/// Without it a card that answers slowly, and little each time, would keep its reader for hours.
public struct TimeBudget: Sendable {
    /// How much time there was in the beginning.
    public let limit: Duration
    private let isSpent: @Sendable () -> Bool

    /// So much time from now on.
    ///
    /// - Parameter clock: what measures it.
    public init(_ limit: Duration, on clock: some Clock<Duration> = ContinuousClock()) {
        self.limit = limit
        let end = clock.now.advanced(by: limit)
        isSpent = { clock.now >= end }
    }

    /// Passes while there is time left.
    ///
    /// - Throws: ``CardError/Code/malformedAnswer``: cards that do their work are done long before.
    func check(_ subject: String) throws(CardError) {
        guard !isSpent() else { throw CardError(.malformedAnswer, subject, detail: "its answer has not ended within \(limit)") }
    }
}
