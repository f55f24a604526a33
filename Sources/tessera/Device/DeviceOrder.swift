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
        let desk = try await store.desk()
        let needsCode = ProductProfile.all.first { $0.id == product }?.activation.contains(.activationCode) ?? false
        let code = needsCode ? try await PersonSecret.read(activationCodeFile, "activation code", of: subscriber.rawValue) : nil
        let ordered = try await desk.activations.order(
            product, for: subscriber, serial: serial, activationCode: code, identification: identification, accounts: Set(account))
        let (order, next) = try await desk.activations.state(of: ordered.order.id)
        let report = Report(order: OrderReport(order, next: next), challengeCode: ordered.challengeCode.reveal())
        try output.print(report) {
            """
            order           \(report.order.id)
            challenge code  \(report.challengeCode)
            to be activated before \(report.order.activateBefore.formatted(.iso8601)), beginning with \(next?.telling ?? "nothing")
            """
        }
    }

    private struct Report: Encodable {
        let order: OrderReport
        let challengeCode: String
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
        let next = try await desk.activations.state(of: order).next
        FileHandle(descriptor: 1).write(line: "registered \(id)\nNext: \(next?.telling ?? "nothing")")
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
            """)

    @Argument(help: "The order.")
    var order: EnrolmentID
    @OptionGroup var store: StoreOptions

    func run() async throws {
        try await store.desk().activations.cancel(order)
        FileHandle(descriptor: 1).write(line: "cancelled")
    }
}
