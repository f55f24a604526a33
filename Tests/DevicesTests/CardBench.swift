import CardApplications
import Crypto
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import SwiftASN1
import Testing
import X509

/// One emulated card in one virtual reader, and what a test wants to know of it.
struct CardBench {
    static let reader = "Virtual Reader 00"
    let readers = VirtualReaders()
    let card: VirtualCard
    let device: CardDevice

    init(reader: String = Self.reader, keys: CardKeyKind = .p256, pin: String = "123456", tries: UInt8 = 3) async throws {
        card = try Self.card(keys: keys, pin: pin, tries: tries)
        try readers.attach(reader)
        try readers.insert(card, in: reader)
        device = try await CardDevice.opening(reader: reader, of: readers, isEmulated: true)
    }

    /// A card that is in no reader.
    static func card(keys: CardKeyKind = .p256, pin: String = "123456", tries: UInt8) throws -> VirtualCard {
        try .piv(holder: "Test Holder", keys: keys, pin: pin, tries: tries, authority: TestAuthority(now: Date()), now: Date())
    }

    /// What the card says of its PIN, asked in a reader of its own.
    func pinState() async throws -> PINState {
        readers.pull(from: Self.reader)
        let elsewhere = VirtualReaders()
        try elsewhere.attach("elsewhere")
        try elsewhere.insert(card, in: "elsewhere")
        let state = try await elsewhere.withCard(in: "elsewhere", ending: .reset) { channel async throws(CardError) in
            let application = try await CardApplications.open(on: channel, for: [.signature])
            guard let key = application.keys.first(where: { $0.role == .signature }) else { throw CardError(.notSupported, "no key") }
            return try await application.pinState(for: key)
        }
        elsewhere.pull(from: "elsewhere")
        return state
    }

    /// Puts the card back, to come out by itself as `faults` says.
    func insert(_ faults: FaultPlan = .none) throws {
        readers.pull(from: Self.reader)
        try readers.insert(card, in: Self.reader, faults: faults)
    }

    /// The device that an event brings; `nil` for any other event.
    static func id(of event: DeviceEvent?) -> DeviceID? {
        guard case .arrived(let device) = event else { return nil }
        return device.descriptor.id
    }

    static func challenge(_ request: Ask) throws -> Challenge {
        try Challenge(
            id: ChallengeID(Array(0..<16)), origin: "bank.example", issuedAt: Date(timeIntervalSince1970: 1_800_000_000),
            content: request.content())
    }

    /// What the device says to a challenge: an answer or an error.
    func respond(to request: Ask, with holder: ScriptedHolder) async throws -> Result<Response, DeviceError> {
        let presentation = Presentation.plain(try Self.challenge(request))
        do throws(DeviceError) { return .success(try await device.respond(to: presentation, with: holder)) } catch {
            return .failure(error)
        }
    }
}

/// What the bank asks for.
enum Ask: CaseIterable {
    case login, payment

    func content() throws -> Challenge.Content {
        switch self {
        case .login: return .login(try Login(place: "Luxembourg", browser: "a test"))
        case .payment:
            let amount = try Amount(decimal: "12.50", currency: Currency("EUR"))
            return .payment(try Payment(iban: IBAN("LU28 0019 4006 4475 0000"), amount: amount, payee: "Boulangerie"))
        }
    }
}

extension Response {
    /// Whether the signature is over `message`, by swift-crypto's judgement and the certificate that came along.
    func isSignature(over message: [UInt8]) throws -> Bool {
        guard case .signature(let bytes, let certificates) = self, let der = certificates.first else { return false }
        let key = try Certificate(derEncoded: der).publicKey
        return key.isValidSignature(
            bytes, for: message, signatureAlgorithm: P256.Signing.PublicKey(key) == nil ? .sha256WithRSAEncryption : .ecdsaWithSHA256)
    }
}

extension ScriptedHolder {
    /// The questions for a PIN so far.
    var pinRequests: [PINRequest] { events.compactMap { if case .askedPIN(let request) = $0 { request } else { nil } } }
}
