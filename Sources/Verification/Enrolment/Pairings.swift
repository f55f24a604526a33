public import DeviceProtocol
public import Foundation
import ScanChallenge

/// The dialogue by which a Scan or phone that was sent gets its keys: QR code, 10 digits, QR code, 8 digits.
///
/// The second QR code is there only when the order's step ``ActivationStep/keys`` has its turn: the activation code comes between
/// the two, as is published (FACTS, section 1). A pairing that has begun stands in its order, sealed as that is, so that it goes on after a
/// restart and at another node, for ``lifetime`` at most; afterwards another one begins, with new keys. A wrong code counts against the
/// order, as every wrong proof does.
public struct Pairings: Sendable {
    /// How long a pairing may take, in seconds.
    public static let lifetime: TimeInterval = 900

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

    private let activations: Activations
    private let issuer: ScanIssuer?

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
        try await activations.beginPairing(of: id, replacing: replaced, by: issuer)
        return try await stand(of: id)
    }

    /// How far it is.
    ///
    /// - Throws: ``SubscriberError``: no such order, or no pairing has begun.
    public func stand(of id: EnrolmentID) async throws(SubscriberError) -> Stand {
        let (order, next) = try await activations.state(of: id)
        let (_, kept) = try pairing(of: order)
        guard let confirmation = kept.saved.confirmation else {
            return Stand(awaits: .firstCode, text: kept.saved.offer, digits: ScanPairingKeys.firstCodeDigits, endsAt: kept.endsAt)
        }
        guard next == .keys else { return Stand(awaits: .otherStep, text: nil, digits: nil, endsAt: kept.endsAt) }
        return Stand(awaits: .secondCode, text: confirmation, digits: ScanPairingKeys.secondCodeDigits, endsAt: kept.endsAt)
    }

    /// Takes what the device showed; after the second code its keys are registered.
    ///
    /// - Returns: how far it is; `nil` when the device is paired.
    /// - Throws: ``SubscriberError``: no such order, over or closed; no pairing has begun; wrong, which counts; not its turn.
    public func take(_ code: String, for id: EnrolmentID) async throws(SubscriberError) -> Stand? {
        guard let issuer else { throw .verification(.noIssuer) }
        let (order, next) = try await activations.state(of: id)
        let (device, kept) = try pairing(of: order)
        guard let next, order.record.closedUntil == nil, next == .keys || kept.saved.confirmation == nil else {
            throw Activations.refusal(of: order, .keys, next: next, at: activations.subscribers.now())
        }
        // Judged where it is counted: however many come at once, five wrong ones end it.
        try await activations.step(next, of: id) { order, _, _, _, _ in
            guard let now = order.record.sent?.pairing, now.saved.offer == kept.saved.offer,
                now.saved.confirmation == kept.saved.confirmation
            else { return .refused(.enrolment(.noPairing(id))) }
            do throws(ScanError) {
                var pairing = try ScanPairing(resuming: now.saved, of: try device.record(), enrolment: id.rawValue, issuer: issuer)
                let verdict =
                    pairing.confirmation == nil
                    ? try pairing.take(firstCode: code, issuer: issuer) : pairing.take(secondCode: code, answerKey: device.answerKey)
                switch verdict {
                case .notAwaited: return .refused(.enrolment(.noPairing(id)))
                case .accepted:
                    order.record.sent?.pairing?.saved = pairing.saved
                    return .begun
                case .wrong(let left):
                    if left == 0 { order.record.sent?.pairing = nil } else { order.record.sent?.pairing?.saved = pairing.saved }
                    return .wrong
                }
            } catch { return .refused(.verification(.scan(error))) }
        }
        guard kept.saved.confirmation != nil else { return try await stand(of: id) }
        let registration: Enrolments.Registration
        do throws(ScanError) {
            var pairing = try ScanPairing(resuming: kept.saved, of: try device.record(), enrolment: id.rawValue, issuer: issuer)
            // The number on the back is asked for by the order's own step.
            guard pairing.take(secondCode: code, answerKey: device.answerKey) == .accepted,
                pairing.take(serial: device.serial.rawValue) == .accepted, let keys = pairing.keys
            else { throw .unusableKey("the pairing has changed meanwhile") }
            registration = try device.registration(with: keys)
        } catch { throw .verification(.scan(error)) }
        try await activations.register(
            device.serial, for: id, with: registration, isEmulated: device.isEmulated, replacing: kept.replaced)
        return nil
    }

    /// The pairing that goes on for an order.
    private func pairing(of order: Order) throws(SubscriberError) -> (SentDevice, SentDevice.KeptPairing) {
        guard let device = order.record.sent, let kept = device.pairing, activations.subscribers.now() < kept.endsAt else {
            throw .enrolment(.noPairing(order.id))
        }
        return (device, kept)
    }
}
