public import ArgumentParser
public import Emulation
import Foundation
import ISO7816

/// `tessera emulate`: a device that other programs take for a real one.
struct Emulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Be a device that other programs take for a real one.",
        discussion: """
            Examples:
              tessera emulate smartcard
              tessera emulate smartcard --vpcd localhost:35964 --keys p256
            """,
        subcommands: [EmulateSmartcard.self])
}

/// `tessera emulate smartcard`: inserts an emulated card into vpcd, or into a reader of QEMU.
struct EmulateSmartcard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "smartcard", abstract: "Insert a card into a virtual reader of the machine's pcscd, until Ctrl-C.",
        discussion: """
            pcscd needs the vpcd driver (Debian: vsmartcard-vpcd), which listens on ports
            35963 and 35964. The card has the application of PIV, of PKCS#15 (as an OsEID has
            it, or with --style iso as the standards alone say it), of IAS Classic (current
            LuxTrust smartcard) or of Classic V3 (signing stick and older smartcards); the
            last two have RSA keys and rest on what is known of sibling products. Keys are
            made at the start and forgotten at the end; certificates come from a test
            authority. A test card: PIN 123456, PUK 12345678.
            With --vscard it is in the reader of a virtual machine instead (QEMU's
            ccid-card-passthru); --slow there makes one instruction take its time.

            Examples:
              tessera emulate smartcard --vpcd localhost:35963
              tessera emulate smartcard --application pkcs15 --keys p384
              tessera emulate smartcard --application pkcs15 --style iso
              tessera emulate smartcard --application ias-classic --transport t1
              tessera emulate smartcard --keys p256 --holder "Jo Test" --root root.pem
              tessera emulate smartcard --piv-extensions yubico
              yubico-piv-tool --reader "Virtual PCD" --action status
              pkcs11-tool --login --pin 123456 --test
              tessera emulate smartcard --vscard localhost:35970 --slow 87:5
            """)

    @Option(help: "Where vpcd listens: HOST:PORT.")
    var vpcd = Endpoint(host: "localhost", port: 35963)
    @Option(help: "Where a chardev of QEMU listens, instead of vpcd: HOST:PORT.")
    var vscard: Endpoint?
    @Option(help: "With --vscard: an instruction that takes its time, INS:SECONDS.")
    var slow: SlowCommand?
    @Option(help: "What the card has: piv, pkcs15, ias-classic or classic-v3.")
    var application = EmulatedApplication.piv
    @Option(help: "PKCS#15: whose ways it has, oseid or iso.")
    var style = PKCS15Style.oseid
    @Option(help: "The protocol: t0 or t1 (default: the one that such cards speak).")
    var transport: CardTransmission?
    @Flag(name: .customLong("no-extended"), help: "Refuse commands with lengths of two bytes.")
    var refusesExtended = false
    @Option(help: "The keys: rsa2048, rsa3072, rsa4096 (PIV, and --style iso), p256 or p384.")
    var keys = CardKeyKind.rsa2048
    @Option(help: "PIV: a maker's commands beside the standard's: yubico.")
    var pivExtensions: PIVOptions.Extensions?
    @Option(
        help: "PIV: the management key: 3des:, aes128:, aes192: or aes256: and hexadecimal digits (default: 0102030405060708 three times).")
    var managementKey: PIVManagementKey?
    @Option(help: "The name in the certificates.")
    var holder = "Test Holder"
    @Option(help: "Write the test authority's certificate into this PEM file.", completion: .file())
    var root: String?

    func validate() throws {
        guard application.takes(keys, style) else {
            throw ValidationError("a card of \(application.rawValue) has no keys of \(keys.rawValue)")
        }
        guard application == .piv || pivExtensions == nil && managementKey == nil else {
            throw ValidationError("--piv-extensions and --management-key need --application piv.")
        }
        guard style == .oseid || application == .pkcs15 else { throw ValidationError("--style needs --application pkcs15.") }
        guard slow == nil || vscard != nil else { throw ValidationError("--slow needs --vscard.") }
        guard vscard == nil || transport != .t1 else { throw ValidationError("QEMU's reader knows T=0 only.") }
    }

    func run() async throws {
        let authority = try TestAuthority(now: Date())
        if let root { try InputFile.write(pem: authority.root, to: root) }
        // QEMU's reader knows T=0 only.
        let card = try application.card(
            style: style, holder: holder, keys: keys, transmission: vscard == nil ? transport : .t0, extendedLength: !refusesExtended,
            options: PIVOptions(managementKey: managementKey ?? .wellKnown, extensions: pivExtensions), authority: authority, now: Date())
        let what = "\(application.article) card (\(keys.rawValue), PIN 123456)"
        let screen = FileHandle(descriptor: 1)
        if let caution = application.caution { screen.write(line: caution) }
        if let vscard {
            let slot = try await VSCARDSlot.inserting(card, host: vscard.host, port: vscard.port, slow: slow)
            screen.write(line: "\(what) waits for QEMU's reader at \(vscard). Ctrl-C takes it out.")
            await follow(slot.status, of: { slot.status }, on: screen)
            await slot.remove()
        } else {
            let slot = try await VPCDSlot.inserting(card, host: vpcd.host, port: vpcd.port)
            screen.write(line: "\(what) is in the slot at \(vpcd). Ctrl-C takes it out.")
            await follow(slot.status, of: { slot.status }, on: screen)
            await slot.remove()
        }
        screen.write(line: "The card is out.")
    }

    /// Tells each change of the slot until the program is to end.
    private func follow<Status: Equatable & TellingStatus>(_ first: Status, of slot: () -> Status, on screen: FileHandle) async {
        var last = first
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(250))
            let status = slot()
            guard status != last else { continue }
            last = status
            if let text = status.telling { screen.write(line: text) }
        }
    }
}

/// How a slot is, for the person.
private protocol TellingStatus {
    var telling: String? { get }
}

extension VPCDSlot.Status: TellingStatus {
    fileprivate var telling: String? {
        switch self {
        case .connected: "vpcd is back; the card is in."
        case .reconnecting(let error): "\(error); trying again."
        case .removed: nil
        }
    }
}

extension VSCARDSlot.Status: TellingStatus {
    fileprivate var telling: String? {
        switch self {
        case .waiting: "QEMU is back; its reader has not asked for the card yet."
        case .inserted: "The card is in."
        case .busy: "The card takes its time."
        case .reconnecting(let error): "\(error); trying again."
        case .removed: nil
        }
    }
}

extension SlowCommand: ExpressibleByArgument {}

extension CardKeyKind: ExpressibleByArgument {}

extension CardTransmission: ExpressibleByArgument {}

/// HOST:PORT.
struct Endpoint: ExpressibleByArgument, CustomStringConvertible {
    let host: String
    let port: UInt16

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), colon > argument.startIndex,
            let port = UInt16(argument[argument.index(after: colon)...]), port > 0
        else { return nil }
        let host = argument[..<colon]
        // An IPv6 address stands in brackets (RFC 3986, 3.2.2).
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.init(host: String(isBracketed ? host.dropFirst().dropLast() : host), port: port)
    }

    var description: String { "\(host):\(port)" }
    var defaultValueDescription: String { description }
}
