public import DeviceProtocol
public import Foundation
import ScanChallenge
import Synchronization

/// The dialogue by which a Scan or phone that was sent gets its keys: QR code, 10 digits, QR code, 8 digits.
///
/// The second QR code is there only when the order's step ``ActivationStep/keys`` has its turn: the activation code comes between
/// the two, as is published (FACTS, section 1). A pairing that has begun lasts as long as this value, at most ``lifetime``;
/// afterwards another one begins, with new keys. A wrong code counts against the order, as every wrong proof does.
public final class Pairings: Sendable {
    /// How long a pairing may take, in seconds.
    public static let lifetime: TimeInterval = 900
    /// How many go on at the same time; the one that ends first gives way.
    public static let limit = 1_000

    /// How far a pairing is.
    public struct Stand: Sendable {
        /// What is awaited.
        public enum Awaited: String, Sendable, Codable {
            /// The 10 digits for the first QR code.
            case firstCode
            /// Nothing here: another step of the order comes before the second QR code.
            case otherStep
            /// The 8 digits for the second QR code.
            case secondCode
        }

        /// What is awaited.
        public let awaits: Awaited
        /// The text of the QR code that the device is to read now; `nil` where another step comes first.
        public let text: String?
        /// How many digits the device shows for it.
        public let digits: Int?
        /// The first moment at which it is over.
        public let endsAt: Date
    }

    private struct Entry: Sendable {
        var pairing: ScanPairing
        let device: SentDevice
        let replaced: DeviceID?
        let endsAt: Date
    }

    private let activations: Activations
    private let issuer: ScanIssuer?
    private let entries = Mutex<[EnrolmentID: Entry]>([:])

    /// Pairings for these orders, sealed by who seals the operations.
    public init(_ activations: Activations, for operations: Operations) {
        self.activations = activations
        issuer = operations.issuer
    }

    /// Begins a pairing of the device that was sent for an order, in place of one that has begun.
    ///
    /// - Parameter replaced: which of the subscriber's devices it takes the place of, when it is active.
    /// - Throws: ``SubscriberError``: no such order, over, closed or paired already; no device was sent; more than one may have.
    public func begin(_ id: EnrolmentID, replacing replaced: DeviceID? = nil) async throws(SubscriberError) -> Stand {
        guard let issuer else { throw .verification(.noIssuer) }
        let start = try await activations.beginPairing(of: id, replacing: replaced)
        let now = activations.subscribers.now()
        let pairing: ScanPairing
        do throws(ScanError) {
            var generator = activations.subscribers.random()
            pairing = try ScanPairing(
                try start.device.record(), enrolment: id.rawValue, sequence: start.place, issuer: issuer, using: &generator)
        } catch { throw .verification(.scan(error)) }
        let entry = Entry(
            pairing: pairing, device: start.device, replaced: replaced, endsAt: now.addingTimeInterval(Self.lifetime))
        entries.withLock { entries in
            entries = entries.filter { $0.value.endsAt > now }
            if entries.count >= Self.limit, let first = entries.min(by: { $0.value.endsAt < $1.value.endsAt })?.key { entries[first] = nil }
            entries[id] = entry
        }
        return try await stand(of: id)
    }

    /// How far it is.
    ///
    /// - Throws: ``SubscriberError``: no such order, or no pairing has begun.
    public func stand(of id: EnrolmentID) async throws(SubscriberError) -> Stand {
        let (_, next) = try await activations.state(of: id)
        let entry = try entry(of: id)
        guard let confirmation = entry.pairing.confirmation else {
            return Stand(
                awaits: .firstCode, text: entry.pairing.offer, digits: ScanPairingKeys.firstCodeDigits, endsAt: entry.endsAt)
        }
        guard next == .keys else { return Stand(awaits: .otherStep, text: nil, digits: nil, endsAt: entry.endsAt) }
        return Stand(awaits: .secondCode, text: confirmation, digits: ScanPairingKeys.secondCodeDigits, endsAt: entry.endsAt)
    }

    /// Takes what the device showed; after the second code its keys are registered.
    ///
    /// - Returns: how far it is; `nil` when the device is paired.
    /// - Throws: ``SubscriberError``: no such order, over or closed; no pairing has begun; wrong, which counts; not its turn.
    public func take(_ code: String, for id: EnrolmentID) async throws(SubscriberError) -> Stand? {
        guard let issuer else { throw .verification(.noIssuer) }
        let (order, next) = try await activations.state(of: id)
        let begun = try entry(of: id)
        guard let next, order.record.closedUntil == nil, next == .keys || begun.pairing.confirmation == nil else {
            throw Activations.refusal(of: order, .keys, next: next, at: activations.subscribers.now())
        }
        let verdict: Result<ScanPairing.Verdict, ScanError>? = entries.withLock { entries in
            guard var entry = entries[id] else { return nil }
            let verdict = Result { () throws(ScanError) in
                if entry.pairing.confirmation == nil { return try entry.pairing.take(firstCode: code, issuer: issuer) }
                return entry.pairing.take(secondCode: code, answerKey: entry.device.answerKey)
            }
            entries[id] = entry
            return verdict
        }
        switch verdict {
        case nil, .success(.notAwaited): throw .enrolment(.noPairing(id))
        case .failure(let error): throw .verification(.scan(error))
        case .success(.wrong(let left)):
            if left == 0 { forget(id) }
            try await activations.step(next, of: id) { _, _, _, _, _ in .wrong }
            throw .enrolment(.wrongProof)
        case .success(.accepted):
            guard let keys = try paired(id) else { return try await stand(of: id) }
            let registration: Enrolments.Registration
            do throws(ScanError) { registration = try begun.device.registration(with: keys) } catch { throw .verification(.scan(error)) }
            defer { forget(id) }
            try await activations.register(
                begun.device.serial, for: id, with: registration, isEmulated: begun.device.isEmulated, replacing: begun.replaced)
            return nil
        }
    }

    /// The keys, when both codes were right; the number on the back is asked for by the order's own step.
    private func paired(_ id: EnrolmentID) throws(SubscriberError) -> ScanKeys? {
        entries.withLock { entries in
            guard var entry = entries[id] else { return nil }
            guard entry.pairing.take(serial: entry.device.serial.rawValue) == .accepted else { return nil }
            entries[id] = entry
            return entry.pairing.keys
        }
    }

    private func entry(of id: EnrolmentID) throws(SubscriberError) -> Entry {
        let now = activations.subscribers.now()
        guard let entry = entries.withLock({ $0[id] }), now < entry.endsAt else { throw .enrolment(.noPairing(id)) }
        return entry
    }

    private func forget(_ id: EnrolmentID) { entries.withLock { $0[id] = nil } }
}
