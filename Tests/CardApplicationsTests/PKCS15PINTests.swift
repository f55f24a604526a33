import CardProfiles
import ISO7816
import TestSupport
import Testing

@testable import CardApplications

/// What AODF says of PINs: their flags, their PUKs, several of them.
struct PKCS15PINTests {
    private let certificate: [UInt8]
    private let directory = PKCS15Path([0x50, 0x15])

    init() throws {
        certificate = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
    }

    /// A PIN with identifier, flags and reference, guarded by another.
    private func pin(_ id: UInt8, flags: [UInt8], reference: UInt8, guardian: UInt8? = nil, type: UInt8 = 1, path: String? = nil) -> TLV {
        var common = [TLV(0x0C, Array("PIN \(id)".utf8))]
        if let guardian { common.append(TLV(0x04, [guardian])) }
        return PKCS15Builder.object(
            0x30, common: common, attributes: [TLV(0x04, [id])],
            type: [TLV(0x03, [0] + flags), TLV(0x0A, [type]), TLV(0x02, [4]), TLV(0x02, [8]), TLV(0x80, [reference])]
                + (path.map { [PKCS15Builder.path($0)] } ?? []))
    }

    private func pins(_ objects: [TLV]) async throws -> [CardPIN] {
        try await CardApplications.open(on: try FileSystemCard(PKCS15Builder.files(pins: objects, certificate: certificate))).pins
    }

    @Test(
        arguments: [
            ([0x80], .isCaseSensitive), ([0x40], .isLocal), ([0x20], .isNeverChanged), ([0x10], .isNeverUnblocked),
            ([0x08], .isInitialized),
            ([0x04], .needsPadding), ([0x02], .unblocks), ([0x01], .isAdministrators), ([], []), ([0x02, 0x80], .unblocks),
            ([0x00, 0x40], .isIntegrityProtected), ([0x00, 0x20], .isConfidentialityProtected),
        ] as [([UInt8], PKCS15PIN.Flags)])
    func `each flag is the bit that the standard numbers`(_ bits: [UInt8], _ flag: PKCS15PIN.Flags) throws {
        let flags = try PKCS15PIN(parsing: pin(1, flags: bits, reference: 1), in: directory).flags
        #expect(flags.isSuperset(of: flag))
        #expect(flags.rawValue >> 8 == UInt16(bits.first ?? 0))
    }

    @Test func `a key with an empty path is one that its number names`() throws {
        let key = try PKCS15PrivateKey(parsing: PKCS15Builder.key(path: PKCS15Builder.path("")), in: directory)
        #expect(key.path == nil && key.reference == 1)
        let named = try PKCS15PrivateKey(parsing: PKCS15Builder.key(), in: directory)
        #expect(named.path?.identifier == [0x4B, 0x01])
        let nameless = PKCS15Builder.object(
            0xA0, common: [TLV(0x0C, Array("Key".utf8))], attributes: [TLV(0x04, [1]), TLV(0x03, [0, 0x20])],
            type: [PKCS15Builder.path("3F0050154B01")])
        #expect(try PKCS15PrivateKey(parsing: nameless, in: directory).reference == nil)
        #expect(throws: TLVError.self) {
            try PKCS15PrivateKey(parsing: PKCS15Builder.key(path: PKCS15Builder.path("4B")), in: directory)
        }
    }

    @Test func `a PUK that guards the PIN unblocks it`() async throws {
        let all = try await pins([
            pin(1, flags: [0x08], reference: 0x11, guardian: 2), pin(2, flags: [0x0A], reference: 0x12),
            pin(3, flags: [0x0A], reference: 0x13),
        ])
        #expect(all.map(\.role) == [.user, .unblocking, .unblocking])
        #expect(all[0].unblocking?.reference == 0x12)
        #expect(all[1].unblocking == nil && all[2].unblocking == nil)
    }

    @Test func `the only PUK unblocks a PIN that names none`() async throws {
        let all = try await pins([pin(1, flags: [0x08], reference: 0x11), pin(2, flags: [0x0A], reference: 0x12)])
        #expect(all[0].unblocking?.reference == 0x12)
    }

    @Test func `of two PUKs none is guessed, nor one that does not travel as text, nor one that may not unblock`() async throws {
        let two = try await pins([
            pin(1, flags: [0x08], reference: 0x11), pin(2, flags: [0x0A], reference: 0x12), pin(3, flags: [0x0A], reference: 0x13),
        ])
        #expect(two[0].unblocking == nil)
        #expect(
            try await pins([pin(1, flags: [0x08], reference: 0x11), pin(2, flags: [0x0A], reference: 0x12, type: 0)])[0].unblocking == nil)
        #expect(try await pins([pin(1, flags: [0x18], reference: 0x11), pin(2, flags: [0x0A], reference: 0x12)])[0].unblocking == nil)
        #expect(
            try await pins([pin(1, flags: [0x08], reference: 0x11, guardian: 9), pin(2, flags: [0x0A], reference: 0x12)])[0].unblocking
                == nil)
    }

    @Test func `an administrator's PIN is neither the holder's nor a PUK`() async throws {
        let all = try await pins([pin(1, flags: [0x08], reference: 0x11), pin(9, flags: [0x09], reference: 0x19)])
        #expect(all.map(\.role) == [.user, .administrator])
        #expect(all[0].unblocking == nil)
    }

    @Test func `each key has the PIN that guards it`() async throws {
        let files = PKCS15Builder.files(
            keys: [PKCS15Builder.key("A", id: 1, pin: 1), PKCS15Builder.key("B", id: 2, pin: 2)],
            certificates: [PKCS15Builder.certificate(id: 1), PKCS15Builder.certificate(id: 2)],
            pins: [pin(1, flags: [0x08], reference: 0x11), pin(2, flags: [0x08], reference: 0x12)], certificate: certificate)
        let application = try await CardApplications.open(on: try FileSystemCard(files))
        let references = try application.keys.map { try application.pin(for: $0)?.id }
        #expect(references == [0x11, 0x12])
    }

    /// What becomes of one key guarded by PIN 1.
    private func opened(_ objects: [TLV]) async throws -> any CardApplication {
        try await CardApplications.open(on: try FileSystemCard(PKCS15Builder.files(pins: objects, certificate: certificate)))
    }

    @Test(arguments: ["3F00", "3F005016", "3F0050155016", "A000000063504B43532D313541424344"])
    func `a PIN that is local to another directory is not presented in this one`(_ path: String) async throws {
        let application = try await opened([pin(1, flags: [0x48], reference: 0x81, path: path)])
        #expect(application.keys == [] && application.pins == [])
        #expect(application.unusable.contains { $0.detail?.contains("another directory") == true })
    }

    @Test(arguments: [(0x48, "3F005015"), (0x48, nil), (0x08, "3F00"), (0x08, "A000000063504B43532D313541424344")] as [(UInt8, String?)])
    func `a PIN of this directory is, and a global one wherever it lies`(_ flags: UInt8, _ path: String?) async throws {
        let application = try await opened([pin(1, flags: [flags], reference: 0x81, path: path)])
        #expect(try application.keys.map { try application.pin(for: $0)?.id } == [0x81])
        #expect(application.pins.map(\.id) == [0x81])
    }

    @Test func `a local PIN elsewhere with the same reference takes nothing from this directory's`() async throws {
        let application = try await opened([
            pin(2, flags: [0x48], reference: 0x81, path: "3F005016"), pin(1, flags: [0x48], reference: 0x81, path: "3F005015"),
        ])
        #expect(application.keys.count == 1 && application.pins.map(\.label) == ["PIN 1"])
    }

    @Test func `of two PINs with one reference in different places none is presented`() async throws {
        let application = try await opened([
            pin(1, flags: [0x08], reference: 0x81, path: "3F00"), pin(2, flags: [0x48], reference: 0x81, path: "3F005015"),
        ])
        #expect(application.keys == [] && application.pins == [])
        #expect(application.unusable.contains { $0.detail?.contains("two PINs") == true })
    }

    @Test(arguments: [[0x0C, 0x20], [0x0C, 0x40], [0x0C, 0x60]] as [[UInt8]])
    func `a PIN that travels only under secure messaging is never sent in the clear`(_ flags: [UInt8]) async throws {
        let application = try await opened([pin(1, flags: flags, reference: 0x81)])
        #expect(application.keys == [] && application.pins == [])
        #expect(application.unusable.contains { $0.code == .notSupported && $0.detail?.contains("secure messaging") == true })
        let guarded = try await opened([pin(1, flags: [0x08], reference: 0x81), pin(2, flags: [0x0A] + flags.suffix(1), reference: 0x82)])
        #expect(guarded.pins.map(\.id) == [0x81] && guarded.pins.first?.unblocking == nil)
    }

    @Test func `a PIN that nobody changes is not sent to be changed`() async throws {
        let files = PKCS15Builder.files(pins: [pin(1, flags: [0x28], reference: 0x81)], certificate: certificate)
        let card = try FileSystemCard(files)
        let application = try await CardApplications.open(on: card)
        let user = try #require(application.pins.first)
        #expect(!user.isChangeable)
        let before = card.commands.count
        let error = await failure {
            try await application.change(user, from: try CardApplicationsTests.pin("1234"), to: try CardApplicationsTests.pin("4321"))
        }
        #expect(error?.code == .notSupported)
        #expect(card.commands.count == before)
        #expect(try await opened([pin(1, flags: [0x08], reference: 0x81)]).pins.first?.isChangeable == true)
    }

    @Test(arguments: [0xA0, 0xA1, 0xA2, 0xA3] as [UInt32])
    func `what is no password is passed over`(_ tag: UInt32) async throws {
        let template = PKCS15Builder.object(
            tag, common: [TLV(0x0C, Array("Finger".utf8))], attributes: [TLV(0x04, [7])], type: [TLV(0x03, [0, 0x08])])
        let application = try await opened([template, pin(1, flags: [0x08], reference: 0x81)])
        #expect(application.keys.count == 1 && application.pins.map(\.id) == [0x81])
        #expect(application.unusable.filter { $0.code != .refused(.fileNotFound) } == [])
    }

    /// The references of the PINs of one key that names none.
    private func guardians(isPrivate: Bool, _ objects: [TLV]) async throws -> [UInt8?] {
        let files = PKCS15Builder.files(
            keys: [PKCS15Builder.key(pin: nil, isPrivate: isPrivate)], pins: objects, certificate: certificate)
        let application = try await CardApplications.open(on: try FileSystemCard(files), for: [.authentication])
        return try application.keys.map { try application.pin(for: $0)?.id }
    }

    @Test func `a private key that names no PIN has the only one there is`() async throws {
        let user = pin(1, flags: [0x08], reference: 0x81), puk = pin(2, flags: [0x0A], reference: 0x82)
        #expect(try await guardians(isPrivate: true, [user, puk]) == [0x81])
        #expect(try await guardians(isPrivate: false, [user, puk]) == [nil])
        #expect(try await guardians(isPrivate: true, [user, pin(3, flags: [0x08], reference: 0x83)]) == [nil])
        #expect(try await guardians(isPrivate: true, [puk]) == [nil])
    }
}
