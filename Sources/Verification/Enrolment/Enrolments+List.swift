public import FoundationEssentials

/// Which of all subscribers' devices are listed: those that fit everything that is named.
public struct EnrolmentFilter: Hashable, Sendable {
    /// Where their life stands now.
    public var state: Enrolment.State?
    /// Which product they are.
    public var product: ProductProfile.ID?
    /// Before when their validity ends; of those alone whose life goes on, unless a state is named.
    public var endsBefore: Date?

    /// A filter; without anything named all fit.
    public init(state: Enrolment.State? = nil, product: ProductProfile.ID? = nil, endsBefore: Date? = nil) {
        self.state = state
        self.product = product
        self.endsBefore = endsBefore
    }

    /// Whether a device fits, as it stands now.
    func fits(_ enrolment: Enrolment) -> Bool {
        if let state, enrolment.state != state { return false }
        if let product, enrolment.product != product { return false }
        guard let endsBefore else { return true }
        guard let end = enrolment.life.validUntil, end < endsBefore else { return false }
        return state != nil || !enrolment.state.isFinal
    }
}

extension Enrolments {
    /// Part of the devices of all subscribers as they stand now, in the order of their enrolments' names, which is that of their bytes.
    ///
    /// What is known of their lives is sealed, and time changes their states: to find some, all are looked at, a thousand at a time.
    ///
    /// - Parameters:
    ///   - id: what the part before ended with; `nil` for the first.
    ///   - limit: how many at most, 1 or more.
    ///   - most: how many are looked at, at the most.
    ///   - progress: is told how many were looked at, again and again.
    /// - Throws: ``VerificationError/store(_:)``.
    public func enrolments(
        after id: EnrolmentID? = nil, limit: Int = 100, matching filter: EnrolmentFilter = EnrolmentFilter(), lookingAt most: Int = .max,
        progress: (Int) -> Void = { _ in }
    ) async throws(VerificationError) -> ListPage<Enrolment, EnrolmentID> {
        typealias Page = ListPage<Enrolment, EnrolmentID>
        let now = now()
        do throws(StoreError) {
            return try await Page.gather(
                after: id, limit: limit, batch: filter == EnrolmentFilter() ? Page.batch(of: limit) : Page.batch, lookingAt: most,
                progress: progress,
                read: { (last, count) async throws(StoreError) in
                    try await store.read { (reader) throws(StoreError) in
                        try reader.enrolments(after: last, limit: count)
                    }.map { (cursor: $0.id, entry: $0.settled(at: now)) }
                },
                fits: { filter.fits($0) })
        } catch { throw .store(error) }
    }
}
