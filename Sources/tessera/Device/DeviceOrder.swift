import ArgumentParser
import Crypto
import DeviceProtocol
import Foundation
import Verification

/// `tessera device order`.
struct DeviceOrder: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order", abstract: "Order a device for a customer; it has to be activated within 60 days.",
        discussion: """
            The challenge code of the letter is printed once and stored as a hash. Token,
            Scan and Mobile also need an activation code that the customer chooses; usual
            are the last five characters of the identity document.

            \(StoreOptions.besides)

            Examples:
              tessera device order stick --for alice --store b --identification branch
              tessera device order scan --for alice --store b --identification video
            """)

    @Argument(help: "The product: token, scan, mobile, smartcard, stick.")
    var product: ProductProfile.ID
    @Option(name: .customLong("for"), help: "The customer's user ID.")
    var subscriber: SubscriberID
    @Option(help: "How the customer was identified: branch, video, certifiedCopy.")
    var identification: Identification
    @Option(help: "The serial number of the device that is sent.")
    var serial: DeviceID?
    @Option(help: "The file with the activation code.", completion: .file())
    var activationCodeFile: String?
    @Option(help: "An account that the device will open; may be repeated.")
    var account: [AccountID] = []
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try Tessera.requireOutput()
        let desk = try await store.desk()
        let others = try await desk.activations.orders(of: subscriber).filter { $0.product == product && $0.record.state == .ordered }
        let needsCode = ProductProfile.all.first { $0.id == product }?.activation.contains(.activationCode) ?? false
        let code =
            needsCode
            ? try await PersonSecret.read(
                activationCodeFile, "activation code", of: subscriber.rawValue, option: "--activation-code-file") : nil
        let ordered = try await desk.activations.order(
            product, for: subscriber, serial: serial, activationCode: code, identification: identification, accounts: Set(account))
        let (order, step, next) = try await Desk.afterwards { [store] in try await store.standing(of: ordered.order.id, at: desk) }
        let report = Report(
            order: OrderReport(order, next: step), challengeCode: ordered.challengeCode.reveal(), otherOpenOrders: others.map(\.id.rawValue)
        )
        try output.print(report) {
            """
            order           \(report.order.id)
            challenge code  \(report.challengeCode)
            to be activated before \(report.order.activateBefore.formatted(.iso8601))
            \(next?.text ?? "Next: nothing")
            """
        }
        if !output.json { for other in others { warn(of: other) } }
    }

    /// Says that the person has ordered the same before.
    private func warn(of other: Order) {
        let day = other.record.orderedAt.formatted(.iso8601.year().month().day())
        let terminal = FileHandle(descriptor: 2)
        terminal.write(line: "tessera: warning: \(subscriber) has another open order for a \"\(product)\", of \(day); this takes it back:")
        terminal.write(line: "tessera:   tessera device cancel \(other.id) \(store.words)")
    }

    private struct Report: Encodable {
        let order: OrderReport
        let challengeCode: String
        let otherOpenOrders: [String]
    }
}

/// `tessera device register`.
struct DeviceRegister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Register the keys of an ordered Token, smartcard or stick.",
        discussion: """
            A Scan's and a phone's keys come out of a pairing: they are registered by the
            program that leads it.

            \(StoreOptions.besides)

            Examples:
              tessera device register ORDER T-1 --seed-file seed.hex --store bank.sqlite
              tessera device register ORDER --authentication a --signature s --store bank
              tessera device register ORDER T-1 --seed-file s --store bank.sqlite --json
            """)

    @Argument(help: "The order.")
    var order: EnrolmentID
    @Argument(help: "The device's serial number; a card is named by its certificate.")
    var device: DeviceID?
    @Option(help: "The file with a Token's seed in hexadecimal digits.", completion: .file())
    var seedFile: String?
    @Option(help: "A card's certificate for logins, and those of its authorities.", completion: .file())
    var authentication: String?
    @Option(help: "A card's certificate for approvals.", completion: .file())
    var signature: String?
    @Option(help: "The file with the root that vouches for cards.", completion: .file())
    var root: [String] = []
    @Option(help: "The device whose place it takes.")
    var replaces: DeviceID?
    @Flag(help: "The device is a program; for a store for tests.")
    var emulated = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let isToken = seedFile != nil && device != nil && authentication == nil && signature == nil
        let isCard = seedFile == nil && device == nil && authentication != nil && signature != nil
        guard isToken || isCard else {
            throw ValidationError("Give a serial number with --seed-file, or --authentication and --signature without one.")
        }
    }

    func run() async throws {
        let desk = try await store.desk(roots: root)
        let id: DeviceID
        let registration: Enrolments.Registration
        if let device, let seedFile {
            (id, registration) = (device, .seed(try await SecretInput.file(seedFile).hexadecimalKey()))
        } else {
            let (own, others) = try Self.certificates(authentication)
            let (approval, more) = try Self.certificates(signature)
            let pair = CardCertificates(authentication: own, signature: approval, intermediates: Array(Set(others + more)))
            (id, registration) = (DeviceID(fingerprintOf: own), .certificates(pair))
        }
        try await desk.activations.register(id, for: order, with: registration, isEmulated: emulated, replacing: replaces)
        let (known, step, next) = try await Desk.afterwards { try await store.standing(of: order, at: desk) }
        try output.print(Report(device: id.rawValue, order: OrderReport(known, next: step))) {
            "registered \(id)\n\(next?.text ?? "Next: nothing")"
        }
    }

    private struct Report: Encodable {
        let device: String
        let order: OrderReport
    }

    private static func certificates(_ name: String?) throws -> ([UInt8], [[UInt8]]) {
        let all = try CertificateFile.read(name ?? "")
        guard let first = all.first else {
            throw Failure("\"\(name ?? "")\" holds no certificate", hint: "name a file with one in PEM or DER", exit: .usage)
        }
        return (first, Array(all.dropFirst()))
    }
}

/// `tessera device cancel`.
struct DeviceCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Take back an order that was not activated.",
        discussion: """
            \(StoreOptions.besides)

            Examples:
              tessera device cancel ORDER --store bank.sqlite
              tessera device cancel ORDER --store bank.sqlite --json
            """)

    @Argument(help: "The order.")
    var order: EnrolmentID
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk()
        do { try await desk.activations.cancel(order) } catch SubscriberError.verification(.enrolment(.illegal(_, let state))) {
            throw refusal(in: state)
        }
        let report = try await Desk.afterwards { OrderReport(try await desk.activations.state(of: order).order, next: nil) }
        try output.print(report) { "cancelled" }
    }

    /// Why an order in another state than ordered is not taken back.
    private func refusal(in state: Enrolment.State) -> Failure {
        let (reason, step) =
            switch state {
            case .active: ("it is activated, and its device in use", "\"tessera device revoke\" ends the device")
            case .expired: ("it was not activated in time", "nothing is left to do; order anew what is wanted")
            default: ("it is over already, cancelled or ended by wrong codes", "nothing is left to do; order anew what is wanted")
            }
        return Failure("the order \(order) cannot be cancelled: \(reason)", hint: step, exit: .refused)
    }
}
