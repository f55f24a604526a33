/// Tells the bank what was manufactured: seeds and keys go by here, within the process, and never over HTTP.
///
/// The program that knows the bank's store offers it.
public protocol FactoryHall: Sendable {
    /// Enrols a new device for a subscriber, active at once.
    ///
    /// - Throws: whatever the bank refuses with; the caller is told in the error's own words.
    func enrol(_ made: ManufacturedDevice, for subscriber: String) async throws

    /// Gives a new device to an order that waits for it, so that the person can activate it.
    ///
    /// - Throws: as ``enrol(_:for:)``.
    func register(_ made: ManufacturedDevice, for order: String) async throws
}
