import DeviceProtocol
import EmulatorControl
import Foundation
import ScanChallenge
import Verification

/// Brings what was made in the emulators' factory into the bank's store, within this process.
struct BankHall: FactoryHall {
    let enrolments: Enrolments
    let activations: Activations
    let subscribers: Subscribers

    func enrol(_ made: ManufacturedDevice, for subscriber: String) async throws {
        let owner = try SubscriberID(subscriber)
        guard try await subscribers.subscriber(owner) != nil else { throw SubscriberError.noSuchSubscriber(owner) }
        var random = SystemRandomNumberGenerator()
        let name = EnrolmentID(using: &random)
        let nonce = ChallengeID(using: &random).bytes
        try await enrolments.enrol(
            made.id, as: made.kind.product, for: owner, with: try registration(of: made, as: name, nonce), id: name, isEmulated: true)
        // Behind the bank, which may refuse it: what is paired for an enrolment that is none understands no other any more.
        do { try pair(made, as: name, nonce) } catch {
            // Nor is the bank to wait for codes of keys that the device did not take.
            try await enrolments.revoke(made.id)
            throw error
        }
    }

    func register(_ made: ManufacturedDevice, for order: String) async throws {
        guard let name = EnrolmentID(rawValue: order) else { throw ContentError.invalidIdentifier("\"\(order)\" is no order") }
        switch made.secrets {
        // The person pairs it, by the order's own dialogue.
        case .scan(let record): try await activations.send(SentDevice(record, isEmulated: true), for: name)
        case .mobile(let record, let key): try await activations.send(SentDevice(record, answerKey: key, isEmulated: true), for: name)
        case .seed, .certificates:
            try await activations.register(made.id, for: name, with: try registration(of: made, as: name, []), isEmulated: true)
        }
    }

    /// Pairs a Scan or phone that is handed over active.
    private func pair(_ made: ManufacturedDevice, as name: EnrolmentID, _ nonce: [UInt8]) throws {
        switch made.secrets {
        case .scan, .mobile: _ = try made.pair(nonce: nonce, enrolment: name.rawValue)
        case .seed, .certificates: break
        }
    }

    /// What the bank keeps of it, with the keys of a pairing by `nonce`.
    private func registration(of made: ManufacturedDevice, as name: EnrolmentID, _ nonce: [UInt8]) throws -> Enrolments.Registration {
        func keys(_ record: ScanFactoryRecord) throws -> ScanKeys { try ScanKeys(record: record, nonce: nonce, enrolment: name.rawValue) }
        switch made.secrets {
        case .seed(let seed): return .seed(seed)
        case .scan(let record): return .pairing(record, try keys(record))
        case .mobile(let record, let key): return .phone(record, try keys(record), key)
        case .certificates(let authentication, let signature):
            return .certificates(CardCertificates(authentication: authentication, signature: signature))
        }
    }
}

extension DeviceKind {
    /// What the bank sells a device of this kind as; a kind that it has not is refused by the bank.
    fileprivate var product: ProductProfile.ID { ProductProfile.all.first { $0.kind == self }?.id ?? .init(rawValue: rawValue) }
}
