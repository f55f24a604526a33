public import DeviceProtocol
public import Foundation
public import ScanChallenge
import Crypto
import Secrets

/// A phone that does what a Scan does, with a PIN of 6 digits that it cannot check.
///
/// The PIN opens the key of the codes, and nothing else: with a wrong one the code is wrong, and only the server can tell.
/// The factory secret is forgotten when the phone is paired, because all keys could be derived from it.
public final class EmulatedMobile: Device {
    /// What it says of itself.
    public var descriptor: DeviceDescriptor { part.descriptor }
    /// The public key of its online answers; the second code of the pairing vouches for it.
    public let answerKey: AnswerKey

    let part: HandheldPart
    private let random: @Sendable () -> any RandomNumberGenerator
    private static let kind = "phone"
    private static let pinForm = "\(PINWrappedKey.pinLength) digits"

    private init(
        _ memory: DeviceMemory<HandheldState>, _ answerKey: AnswerKey, now: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> any RandomNumberGenerator
    ) {
        let serial = memory.read(\.serial)
        self.answerKey = answerKey
        self.random = random
        part = HandheldPart(
            DeviceDescriptor(
                id: serial, kind: .mobile, name: "Mobile \(serial)", takes: .sealed,
                capabilities: [.displaysOperation, .bindsContent, .asksPIN], isEmulated: true), memory, clock: now)
    }

    /// Makes an installation with random keys, and what the issuer is told of it.
    ///
    /// - Parameters:
    ///   - serial: what the issuer calls the installation.
    ///   - issuer: from whom alone it takes challenges.
    ///   - answers: with what kind of key it signs online answers.
    ///   - file: where its state lasts; without one, as long as the value.
    ///   - now: its clock.
    ///   - random: gives the source of salts.
    ///   - generator: where its keys come from.
    /// - Throws: ``DeviceStateError``, or a `ScanError` when the cryptographic library refuses the key drawn.
    public static func manufacture(
        serial: DeviceID, issuer: ScanIssuerIdentity, answers: AnswerKey.Algorithm = .ed25519, file: DeviceStateFile? = nil,
        now: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() },
        using generator: inout some RandomNumberGenerator
    ) throws -> (device: EmulatedMobile, record: ScanFactoryRecord) {
        var (state, record) = try HandheldState.manufacture(serial: serial, issuer: issuer, using: &generator)
        let key = try AnswerPrivateKey.random(answers, using: &generator)
        state.phone = PhoneState(answerKey: key)
        let memory = try DeviceMemory(state, kind: kind, file: file)
        return (EmulatedMobile(memory, try key.publicKey(), now: now, random: random), record)
    }

    /// The phone in a file, as it was when it was last changed.
    ///
    /// - Throws: ``DeviceStateError``.
    public convenience init(
        file: DeviceStateFile, now: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
    ) throws(DeviceStateError) {
        let memory = try DeviceMemory<HandheldState>(opening: file, kind: Self.kind)
        guard let key = memory.read({ try? $0.phone?.answerKey.publicKey() }) else { throw .damaged(file.path) }
        self.init(memory, key, now: now, random: random)
    }

    /// Pairs it without the dialogue: derives the keys of the enrolment, puts the one of the codes under the PIN, and forgets
    /// what they came from.
    ///
    /// - Parameters:
    ///   - nonce: 16 bytes from the issuer.
    ///   - enrolment: the issuer's name for the enrolment.
    ///   - pin: 6 digits that the person chose.
    ///   - generator: where the salt comes from.
    /// - Throws: ``ScanChallenge/ScanError/unusableKey(_:)`` for a nonce, enrolment or PIN of another form, or when it is paired
    ///   already; ``ScanRefusal/notKept``. Nothing has changed then.
    public func pair(
        nonce: [UInt8], enrolment: String, pin: consuming PIN, using generator: inout some RandomNumberGenerator
    ) throws {
        let digits = pin.takeBytes()
        guard PINWrappedKey.isWellFormed(digits) else { throw ScanError.unusableKey("a PIN has \(Self.pinForm)") }
        let keys = try part.read { state in
            Result { () throws(ScanError) in try state.keys(nonce: nonce, enrolment: enrolment) }
        }.get()
        let wrapped = try PINWrappedKey(keys.ocra, pin: digits, salt: generator.bytes(PINWrappedKey.saltLength))
        try part.change { state throws(ScanRefusal) in
            guard state.factorySecret != nil else { throw .alreadyUsed }
            try state.pair(keys, enrolment) { _ in .underPIN(wrapped) }
            state.factorySecret = nil
        }
    }

    /// What its display shows.
    public var screen: ScanScreen { part.screen }

    /// Opens the challenge, shows it, asks for the PIN, and gives the code.
    ///
    /// The challenge is spent when a PIN was entered. What was spent last may be scanned again: after a wrong PIN the right
    /// one gives the right code. The QR codes of a pairing are answered with 10 digits, and with 8 once a PIN was chosen.
    ///
    /// - Throws: ``DeviceError/Code/challengeRefused`` for everything that ``ScanRefusal`` tells apart on the display;
    ///   ``DeviceError/Code/unsuitablePIN`` for a PIN that has not 6 digits; ``DeviceError/Code/notSupported`` for another form;
    ///   what the holder says no with.
    public func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        switch try part.read(presentation) {
        case (_, .answered(let code)): return part.answer(code, for: part.pairingSummary(nil))
        case (let text, .offer(let offer)): return try await part.begin(offer, text, holder)
        case (let text, .confirmation(let read)): return try await choosePIN(text, read, holder)
        case (_, .challenge(let payload, let key)):
            return part.answer(try await code(for: payload, key, holder), for: payload.challenge.summary)
        }
    }

    /// Answers online: as ``respond(to:with:)``, with a signature by its own key beside the code.
    ///
    /// - Throws: as ``respond(to:with:)``; ``DeviceError/Code/notSupported`` for a QR code of a pairing.
    public func respondOnline(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        guard case (_, .challenge(let payload, let key)) = try part.read(presentation) else {
            throw DeviceError(.notSupported, descriptor.name, detail: "a pairing is answered by its codes")
        }
        let code = try await code(for: payload, key, holder)
        let own = part.read { $0.phone?.answerKey }
        guard let signature = own?.signature(for: payload.challenge, by: descriptor.id) else { throw keyFault() }
        _ = part.answer(code, for: payload.challenge.summary)
        return .signedCode(code, signature: signature)
    }

    // MARK: The shortcut and the backup

    /// Whether a finger does instead of the PIN.
    public var hasBiometricShortcut: Bool { part.read { $0.enrolment?.codeKey.isPlain == true } }

    /// Lets a finger do instead of the PIN; the person consents where the PIN was asked for.
    ///
    /// The key of the codes then lies in the phone's key store as the PIN opened it, and nowhere else: beside the key under the
    /// PIN it would tell a thief which PIN is right. Nor can the phone tell: after a wrong PIN its codes stay wrong, until it is
    /// paired anew.
    ///
    /// - Throws: ``DeviceError/Code/unsuitablePIN``; ``DeviceError/Code/challengeRefused`` before it is paired, when the shortcut
    ///   is on already, or when it cannot be kept.
    public func switchOnBiometricShortcut(pin: consuming PIN) throws(DeviceError) {
        let digits = try wellFormed(pin.takeBytes())
        let kept = part.read { $0.enrolment?.codeKey }
        guard let kept else { throw DeviceError(.challengeRefused, descriptor.name, detail: "it is not paired") }
        guard case .underPIN(let wrapped) = kept else {
            throw DeviceError(.challengeRefused, descriptor.name, detail: "the shortcut is on already")
        }
        guard let key = try? wrapped.key(pin: digits) else { throw keyFault() }
        try rewrap(.plain(StoredKey(key))) { !$0.isPlain }
    }

    /// Wants a PIN again: a new one, since nothing here knows the old one any more.
    ///
    /// - Throws: ``DeviceError/Code/unsuitablePIN``; ``DeviceError/Code/challengeRefused`` when the shortcut is off, or when it
    ///   cannot be kept.
    public func switchOffBiometricShortcut(newPIN pin: consuming PIN) throws(DeviceError) {
        let digits = try wellFormed(pin.takeBytes())
        guard case .plain(let key)? = part.read({ $0.enrolment?.codeKey }) else {
            throw DeviceError(.challengeRefused, descriptor.name, detail: "the shortcut is off")
        }
        var generator = random()
        guard let wrapped = try? PINWrappedKey(key.key, pin: digits, salt: generator.bytes(PINWrappedKey.saltLength)) else {
            throw keyFault()
        }
        try rewrap(.underPIN(wrapped)) { $0.isPlain }
    }

    /// Keeps the key of the codes in another way, unless somebody was quicker.
    private func rewrap(_ key: HandheldState.CodeKey, where isExpected: (HandheldState.CodeKey) -> Bool) throws(DeviceError) {
        try part.step { state, _ throws(ScanRefusal) in
            guard let kept = state.enrolment?.codeKey, isExpected(kept) else { throw .notKept }
            state.enrolment?.codeKey = key
        }
    }

    /// What a backup of it consists of: a ticket, and no keys; `nil` until the backup was switched on.
    public var backup: RestoreTicket? { part.read { $0.phone?.ticket } }

    /// Keeps the ticket that the issuer gave when the backup was switched on; `nil` when it was switched off.
    ///
    /// - Throws: ``DeviceError/Code/notSupported`` for another phone's ticket; ``DeviceError/Code/challengeRefused`` when it
    ///   cannot be kept.
    public func keep(_ ticket: RestoreTicket?) throws(DeviceError) {
        guard ticket == nil || ticket?.device == descriptor.id else {
            throw DeviceError(.notSupported, descriptor.name, detail: "the ticket is another phone's")
        }
        try part.step { state, _ throws(ScanRefusal) in state.phone?.ticket = ticket }
    }

    // MARK: Steps

    /// The code of a challenge; its place is spent before the key is opened.
    private func code(for payload: ScanPayload, _ key: ScanKeyID, _ holder: some Holder) async throws(DeviceError) -> String {
        let challenge = payload.challenge
        let summary = challenge.summary
        let ocra: SymmetricKey?
        if hasBiometricShortcut {
            try await part.asked(summary, holder) { holder throws(HolderError) in try await holder.consent(to: summary) }
            let codeKey = try part.step { state, now throws(ScanRefusal) in try state.accept(payload, key, at: now) }
            if case .plain(let finger) = codeKey { ocra = finger.key } else { ocra = nil }
        } else {
            let digits = try await pin(summary, holder, .present("PIN"))
            let codeKey = try part.step { state, now throws(ScanRefusal) in try state.accept(payload, key, at: now) }
            if case .underPIN(let wrapped) = codeKey { ocra = try? wrapped.key(pin: digits) } else { ocra = nil }
        }
        guard let ocra, let code = try? ScanCode.compute(ocraKey: ocra, challenge: challenge, device: descriptor.id, kind: .mobile)
        else { throw keyFault() }
        return code
    }

    private func choosePIN(
        _ text: String, _ read: Reading.Confirmation, _ holder: some Holder
    ) async throws(DeviceError) -> Response {
        let summary = part.pairingSummary(read.enrolment)
        let digits = try await pin(summary, holder, .new("PIN", form: Self.pinForm))
        let again = try await pin(summary, holder, .newAgain("PIN"), isShown: false)
        guard constantTimeEquals(digits, again) else {
            part.show(.idle)
            throw DeviceError(.newPINsDiffer, descriptor.name)
        }
        var generator = random()
        let salt = generator.bytes(PINWrappedKey.saltLength)
        let code = try part.step { state, _ throws(ScanRefusal) in
            let code = try state.confirm(text, of: read, answerKey: answerKey) { key throws(ScanRefusal) in
                guard let wrapped = try? PINWrappedKey(key, pin: digits, salt: salt) else { throw .notKept }
                return .underPIN(wrapped)
            }
            state.factorySecret = nil
            return code
        }
        return part.answer(code, for: summary)
    }

    private func pin(
        _ summary: Summary, _ holder: some Holder, _ wanted: PINRequest.Wanted, isShown: Bool = true
    ) async throws(DeviceError) -> SecretBytes {
        let request = PINRequest(summary: summary, device: descriptor.name, triesLeft: nil, previousWasWrong: false, wanted: wanted)
        let pin = try await part.asked(summary, holder, isShown: isShown) { holder throws(HolderError) in try await holder.pin(for: request)
        }
        return try wellFormed(pin.takeBytes())
    }

    private func wellFormed(_ digits: consuming SecretBytes) throws(DeviceError) -> SecretBytes {
        guard PINWrappedKey.isWellFormed(digits) else {
            part.show(.idle)
            throw DeviceError(.unsuitablePIN, descriptor.name, detail: "a PIN has \(Self.pinForm); nothing was spent")
        }
        return digits
    }

    private func keyFault() -> DeviceError {
        part.show(.idle)
        return DeviceError(.malformedAnswer, descriptor.name, detail: "its key is none")
    }
}
