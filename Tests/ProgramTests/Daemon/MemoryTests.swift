import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import Glibc
import SQLiteStore
import TestSupport
import Testing
import Verification

/// The daemon's memory right after the PIN of a card in the real pcscd was used.
@Suite(.timeLimit(.minutes(10)), .enabled(if: getuid() == 0, "only root reads the memory of a process that refuses dumps"))
struct MemoryTests {
    /// Cards whose PINs travel in blocks of different forms.
    enum Family: CaseIterable {
        case piv, osEID, iasClassic

        /// The longest PIN that a card of this family can have: a short one is met by chance.
        var length: Int { self == .iasClassic ? 12 : 8 }

        func card(pin: String, _ authority: TestAuthority) throws -> VirtualCard {
            switch self {
            case .piv: try VirtualCard.piv(holder: "Alice Test", keys: .p256, pin: pin, authority: authority, now: Date())
            case .osEID: try VirtualCard.pkcs15(holder: "Alice Test", keys: .p256, pin: pin, authority: authority, now: Date())
            case .iasClassic:
                try VirtualCard.iasClassic(.v4, holder: "Alice Test", pin: pin, authority: authority, now: Date())
            }
        }
    }

    /// Enrols a card at the bank in the folder before any daemon knows of it; its name.
    private func enrol(_ card: VirtualCard, _ authority: TestAuthority, in folder: Folder) async throws -> DeviceID {
        let readers = VirtualReaders()
        try readers.attach("Factory")
        try readers.insert(card, in: "Factory")
        let device = try await CardDevice.opening(reader: "Factory", of: readers, isEmulated: true)
        let pair = CardCertificates(
            authentication: try #require(try await device.certificate(for: .authentication)),
            signature: try #require(try await device.certificate(for: .signature)))
        readers.pull(from: "Factory")
        let policy = VerificationPolicy(anchors: try TrustAnchors(roots: [], testRoots: [authority.root]))
        let enrolments = try Enrolments(store: try SQLiteStore(at: folder.path("s.sqlite"), mark: .test), policy: policy)
        var random = SystemRandomNumberGenerator()
        try await enrolments.enrol(
            device.descriptor.id, as: .smartcard, for: SubscriberID("alice"), with: .certificates(pair), id: EnrolmentID(using: &random),
            isEmulated: true)
        try folder.write("", to: "root.der")
        try Data(authority.root).write(to: folder.url.appending(path: "root.der"))
        return device.descriptor.id
    }

    /// Digits that occur nowhere else.
    private func digits(_ count: Int) -> String { String((0..<count).map { _ in "0123456789".randomElement() ?? "0" }) }

    private func search(_ daemon: RunningDaemon, for canaries: [Canary]) async throws -> [MemoryImage.Place] {
        try await MemoryImage(of: daemon.program.identifier).places(of: canaries)
    }

    @Test(arguments: Family.allCases)
    func `a PIN lies in pages of its own while it is used, and nowhere afterwards`(family: Family) async throws {
        let folder = try Folder()
        let numbers = (0..<4).map { _ in digits(family.length) }
        let pins = [Canary("the wrong PIN", numbers[0]), Canary("the PIN", numbers[1])]
        let (planted, chance) = (Canary("the plant", numbers[2]), Canary("nothing", numbers[3]))
        let authority = try TestAuthority(now: Date())
        let card = try family.card(pin: numbers[1], authority)
        let device = try await enrol(card, authority, in: folder)
        let pinentry = try await SwitchedPinentry(Array(numbers.prefix(2)), in: folder)
        let service = try await PrivatePCSCD.start(readers: 1, isForThisProcess: false)
        defer { service.stop() }

        let daemon = try await RunningDaemon(
            in: folder, ["--root", folder.path("root.der"), "--pinentry", pinentry.path],
            environment: ["PCSCLITE_CSOCK_NAME": service.socket])
        let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: service.slots[0].port, patience: .patient)
        #expect(try await eventually { try await daemon.ask("GET", "devices/\(device)").status == 200 })
        let payment = RunningDaemon.payment.replacing(#""reference": "7""#, with: #""reference": "\#(numbers[2])""#)
        let begun = try await daemon.ask(
            "POST", "operations",
            #"{"subscriber": "alice", "device": "\#(device)", "timeToLive": 3600, "lease": 3600, "content": \#(payment)}"#,
            headers: ["Idempotency-Key": "memory"])
        let id = try #require(begun.string("id"), "\(begun.text)")

        // While the person is asked, the PIN is there, and only where no dump has it: the search finds what there is.
        for (number, pin) in zip(1..., pins) {
            let isGiven = await pinentry.hasGiven(number)
            let now = try await daemon.ask("GET", "operations/\(id)").text
            try #require(isGiven, "\(now)")
            var held: [MemoryImage.Place] = []
            let isHeld = try await eventually {
                held = try await search(daemon, for: [pin])
                return !held.isEmpty
            }
            #expect(isHeld)
            #expect(held.allSatisfy { $0.isKeptOutOfDumps && $0.isLocked && $0.form == "plain" }, "\(pin.name): \(held)")
            if number == 2 { #expect(try await search(daemon, for: [pins[0]]) == [], "after it was refused") }
            try pinentry.end(number)
        }
        #expect(try await daemon.reaches("succeeded", id))

        let image = try await MemoryImage(of: daemon.program.identifier)
        let left = try await image.places(of: pins)
        #expect(left == [], "in the daemon's memory")
        #expect(try await !image.places(of: [planted]).isEmpty)
        #expect(try await image.places(of: [chance]) == [])
        await place.remove()
        try await daemon.stop()
    }
}
