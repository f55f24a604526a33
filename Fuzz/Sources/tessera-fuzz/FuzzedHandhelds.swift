import Crypto
import DeviceProtocol
import Foundation

@testable import Emulation
@testable import ScanChallenge

/// What hand-held devices read besides challenges: the messages of a pairing, their own state, a ticket.
enum FuzzedHandhelds {
    /// What is read as a message of a pairing is written as the same bytes, and its parts have the sizes that they may have.
    static func pairing(_ bytes: [UInt8]) {
        guard let message = try? ScanPairingMessage(der: bytes) else { return }
        precondition((try? message.der()) == bytes, "a message with two spellings")
        guard case .offer(let offer) = message else { return }
        precondition(offer.nonce.count == ScanKeys.nonceByteCount && (1...64).contains(offer.enrolment.utf8.count), "an offer that is none")
    }

    /// A state that is read is written and read again as the same, and whatever is in it, texts are read or refused.
    static func state(_ bytes: [UInt8]) {
        guard let state = try? JSONDecoder().decode(HandheldState.self, from: Data(bytes)) else { return }
        guard let written = try? encoder.encode(state), let again = try? JSONDecoder().decode(HandheldState.self, from: written) else {
            preconditionFailure("a state that cannot be written")
        }
        precondition((try? encoder.encode(again)) == written, "a state changed on its way")
        for text in ["", "SC1:", "SC1:" + Base45.encode([1] + [UInt8](repeating: 0, count: 80)), state.pairing?.offer?.text ?? ""] {
            guard let reading = try? state.read(text, at: nil) else { continue }
            // An offer that the state itself has was sealed to it.
            switch reading {
            case .answered, .offer: break
            case .challenge, .confirmation: preconditionFailure("nobody sealed that")
            }
        }
    }

    /// A ticket that is read is written and read again as the same, and shows nothing of its secret.
    static func ticket(_ bytes: [UInt8]) {
        guard let ticket = try? JSONDecoder().decode(RestoreTicket.self, from: Data(bytes)) else { return }
        guard let written = try? encoder.encode(ticket) else { preconditionFailure("a ticket that cannot be written") }
        precondition((try? JSONDecoder().decode(RestoreTicket.self, from: written)) == ticket, "a ticket changed on its way")
        precondition("\(ticket)" == "restore ticket of \(ticket.device)", "a ticket that shows its secret")
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return encoder
    }

    /// An offer and a confirmation.
    static func pairings() throws -> [[UInt8]] {
        let offer = try ScanPairingOffer(
            sequence: ScanSequence(epoch: 1, counter: 1), enrolment: "enrolment-1", nonce: [UInt8](repeating: 6, count: 16))
        return [try ScanPairingMessage.offer(offer).der(), try ScanPairingMessage.confirmation([UInt8](repeating: 7, count: 32)).der()]
    }

    /// A device that is new, one within its pairing, and a phone that is paired.
    static func states() throws -> [[UInt8]] {
        var generator = SystemRandomNumberGenerator()
        let issuer = try ScanIssuer(id: "b", privateKey: Curve25519.KeyAgreement.PrivateKey())
        let (new, record) = try HandheldState.manufacture(serial: DeviceID("S-1"), issuer: issuer.identity, using: &generator)
        var (pairing, paired) = (new, new)
        let dialogue = try ScanPairing(
            record, enrolment: "e", sequence: ScanSequence(epoch: 1, counter: 1), issuer: issuer, using: &generator)
        if case .offer(let offer) = try pairing.read(dialogue.offer, at: nil) { _ = try pairing.accept(offer, dialogue.offer) }
        try paired.pair(new.keys(nonce: [UInt8](repeating: 6, count: 16), enrolment: "e"), "e") { .plain(StoredKey($0)) }
        paired.phone = PhoneState(answerKey: try .random(.p256, using: &generator))
        paired.phone?.ticket = RestoreTicket(device: record.serial, using: &generator)
        return try [new, pairing, paired].map { Array(try encoder.encode($0)) }
    }

    /// A ticket.
    static func tickets() throws -> [[UInt8]] {
        var generator = SystemRandomNumberGenerator()
        return [Array(try encoder.encode(RestoreTicket(device: DeviceID("M-1"), using: &generator)))]
    }
}
