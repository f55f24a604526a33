import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge

/// What a Scan or phone makes of a text that its camera sees.
enum Reading: Hashable, Sendable {
    /// A challenge under the key of the enrolment.
    case challenge(ScanPayload, ScanKeyID)
    /// The first QR code of a pairing.
    case offer(ScanPairingOffer)
    /// The second, and the pairing that it ends.
    case confirmation(Confirmation)
    /// A QR code of a pairing that was answered: its code.
    case answered(String)

    /// Which pairing a second QR code was read for: while the person is asked, another one may begin.
    struct Confirmation: Hashable, Sendable {
        /// The place of its offer, which no other pairing of this device has.
        let sequence: ScanSequence
        /// The issuer's name for the enrolment.
        let enrolment: String
    }
}

extension HandheldState {
    /// Opens and checks a scanned text; nothing is spent.
    ///
    /// The key id, which stands in the clear, tells which key it was sealed with. For a forger it is no help: all that leaves
    /// the device is one refusal.
    ///
    /// - Parameter now: the device's clock, when it has one.
    func read(_ text: String, at now: Date?) throws(ScanRefusal) -> Reading {
        do {
            let envelope = try ScanEnvelope(parsing: text)
            if let code = pairing?.answered[Self.mark(of: text)] { return .answered(code) }
            let issuer = try identity()
            if let key = try factoryKey(), envelope.keyID == key.id {
                let message = try ScanPairingMessage(envelope, device: privateKey.key, keys: key, issuer: issuer)
                guard case .offer(let offer) = message else { throw ScanRefusal.notShowable }
                try check(offer)
                return .offer(offer)
            }
            if let begun = try begunPairing(), envelope.keyID == begun.keys.enrolment.sealing.id {
                let keys = begun.keys
                let message = try ScanPairingMessage(envelope, device: privateKey.key, keys: keys.enrolment.sealing, issuer: issuer)
                guard message == .confirmation(keys.confirmation) else { throw ScanRefusal.notFromThisBank }
                return .confirmation(begun.confirmation)
            }
            guard let sealing = try enrolment?.sealing() else { throw ScanRefusal.notPaired }
            guard envelope.keyID == sealing.id else { throw ScanRefusal.notForThisDevice }
            let payload = try ScanSeal.open(envelope, device: privateKey.key, keys: sealing, issuer: issuer)
            try check(payload, at: now)
            return .challenge(payload, sealing.id)
        } catch let refusal as ScanRefusal {
            throw refusal
        } catch let error as ScanError {
            throw ScanRefusal(error)
        } catch {
            throw .damaged
        }
    }

    /// Whether this is what was accepted last: its code may be shown again.
    func wasAccepted(_ payload: ScanPayload) -> Bool { payload == enrolment?.accepted?.value }

    /// Spends a challenge's place in the order, unless since it was read another one was accepted, the device was paired anew,
    /// or time has run out.
    mutating func accept(_ payload: ScanPayload, _ key: ScanKeyID, at now: Date?) throws(ScanRefusal) -> CodeKey {
        guard let paired = enrolment, paired.keyID.value == key else { throw .notForThisDevice }
        try check(payload, at: now)
        enrolment?.accepted = Bytes(payload)
        return paired.codeKey
    }

    // MARK: Pairing

    /// Begins a pairing, and gives the first code.
    mutating func accept(_ offer: ScanPairingOffer, _ text: String) throws(ScanRefusal) -> String {
        try check(offer)
        pairing = Pairing(
            sequence: Bytes(offer.sequence), offer: Offer(enrolment: offer.enrolment, nonce: offer.nonce, text: text))
        guard let code = (try? begunPairing())?.keys.firstCode else { throw .notPaired }
        pairing?.answered[Self.mark(of: text)] = code
        return code
    }

    /// Ends the pairing, in place of the enrolment before, and gives the second code.
    ///
    /// - Parameters:
    ///   - confirmation: the pairing that `text` was read for; when another one began since, nothing happens.
    ///   - answerKey: a phone's public key, which the code vouches for.
    ///   - wrap: how the OCRA key is kept.
    mutating func confirm(
        _ text: String, of confirmation: Reading.Confirmation, answerKey: AnswerKey? = nil,
        _ wrap: (SymmetricKey) throws(ScanRefusal) -> CodeKey
    ) throws(ScanRefusal) -> String {
        guard let begun = try? begunPairing() else { throw .notPaired }
        guard begun.confirmation == confirmation else { throw .notForThisDevice }
        let code = begun.keys.secondCode(text: text, answerKey: answerKey)
        try pair(begun.keys.enrolment, confirmation.enrolment, wrap)
        pairing?.answered[Self.mark(of: text)] = code
        return code
    }

    /// Takes the keys of an enrolment; what was spent under another one no longer counts.
    mutating func pair(
        _ keys: ScanKeys, _ name: String, _ wrap: (SymmetricKey) throws(ScanRefusal) -> CodeKey
    ) throws(ScanRefusal) {
        enrolment = Paired(
            name: name, keyID: Bytes(keys.sealing.id), presharedKey: StoredKey(keys.sealing.presharedKey), codeKey: try wrap(keys.ocra))
        pairing?.offer = nil
    }

    private func factoryKey() throws(ScanError) -> ScanSealingKey? {
        guard let secret = factorySecret?.key else { return nil }
        return try ScanPairingKeys.factoryKey(factorySecret: secret, serial: serial)
    }

    /// The pairing that waits for its second QR code.
    private func begunPairing() throws(ScanError) -> (confirmation: Reading.Confirmation, keys: ScanPairingKeys)? {
        guard let secret = factorySecret?.key, let sequence = pairing?.sequence.value, let offer = pairing?.offer else { return nil }
        let keys = try ScanPairingKeys(
            factorySecret: secret, offer: ScanPairingOffer(sequence: sequence, enrolment: offer.enrolment, nonce: offer.nonce),
            text: offer.text, serial: serial, issuer: identity())
        return (Reading.Confirmation(sequence: sequence, enrolment: offer.enrolment), keys)
    }

    // MARK: What is refused

    private func check(_ payload: ScanPayload, at now: Date?) throws(ScanRefusal) {
        if let latest = enrolment?.accepted?.value, payload.sequence <= latest.sequence, payload != latest { throw .alreadyUsed }
        if let now, now >= payload.challenge.expiresAt { throw .expired }
    }

    private func check(_ offer: ScanPairingOffer) throws(ScanRefusal) {
        if let latest = pairing?.sequence.value, offer.sequence <= latest { throw .alreadyUsed }
    }

    private static func mark(of text: String) -> String { Data(SHA256.hash(data: Array(text.utf8))).base64EncodedString() }
}

extension ScanRefusal {
    init(_ error: ScanError) {
        self =
            switch error {
            case .notAScanChallenge: .notAChallenge
            case .malformed, .tooLarge: .damaged
            case .unknownVersion: .unknownVersion
            case .notAuthentic, .unusableKey: .notFromThisBank
            case .invalidContent: .notShowable
            }
    }
}
