public import ArgumentParser
import DeviceProtocol
import Foundation
import PINEntry
import SwiftASN1
import Verification

/// Which store a command works on.
struct StoreOptions: ParsableArguments {
    @Option(help: "The store's file, or a postgresql:// address; create and import make a missing one.", completion: .file())
    var store: String
    @Flag(help: "It is a store for tests: emulated devices and test roots.")
    var test = false
    @OptionGroup var keys: StoreKeyOptions
    @Flag(help: "Admit products whose end of life has passed.")
    var admitRetired = false

    /// Opens the store.
    ///
    /// - Parameters:
    ///   - roots: PEM files with the authorities of cards.
    ///   - makesStore: whether a file that is missing is made; for others its name is wrong.
    func desk(roots: [String] = [], makesStore: Bool = false) async throws -> Desk {
        let (mark, place): (StoreMark, StorePlace) = (test ? .test : .production, try StorePlace(store))
        if !makesStore { try place.requireExisting() }
        let protection = try keys.protection()
        if mark == .production, protection == nil, !place.isThere {
            throw Failure(
                "a store for production needs keys", hint: "\"tessera verify new-key FILE\" makes some for --keys; or try with --test",
                exit: .usage)
        }
        let certificates = try roots.flatMap { try CertificateFile.read($0) }
        let anchors = test ? try TrustAnchors(roots: [], testRoots: certificates) : try TrustAnchors(roots: certificates)
        let retired = admitRetired ? Set(ProductProfile.all.filter { $0.endOfLife != nil }.map(\.id)) : []
        let policy = VerificationPolicy(anchors: anchors, admittedAfterEndOfLife: retired)
        return try Desk(store: await place.open(mark: mark, protection: protection), policy: policy)
    }
}

extension StoreOptions {
    /// What goes with the store in every example of a command's help.
    static let besides = "Beside --store goes --keys FILE, or --test where the store is for tests."

    /// The files that are read for it.
    var files: [String?] { [store, keys.keys] }

    /// The same options for the next command, as a shell takes them.
    var words: String {
        let keyWords = keys.keys.map { ["--keys", $0] } ?? keys.keysVariable.map { ["--keys-variable", $0] } ?? []
        let flags = (test ? ["--test"] : []) + (admitRetired ? ["--admit-retired"] : [])
        return (["--store", store] + flags + keyWords).map(\.quotedForShell).joined(separator: " ")
    }
}

extension String {
    /// As one word of a POSIX shell.
    var quotedForShell: String {
        wholeMatch(of: /[A-Za-z0-9_.\/:=@%+,-]+/) != nil ? self : "'" + replacing("'", with: #"'\''"#) + "'"
    }
}

/// The services of one store, as a clerk uses them.
struct Desk {
    let store: any Store
    let policy: VerificationPolicy
    let enrolments: Enrolments
    let operations: Operations
    let subscribers: Subscribers
    let activations: Activations
    let recovery: Recovery

    init(store: any Store, policy: VerificationPolicy, now: @escaping @Sendable () -> Date = { Date() }) throws {
        self.store = store
        self.policy = policy
        enrolments = try Enrolments(store: store, policy: policy, now: now)
        operations = try Operations(store: store, origin: "localhost", policy: policy, now: now)
        subscribers = Subscribers(store: store, hasher: SecretHasher(), policy: policy, now: now)
        activations = Activations(subscribers, enrolments)
        recovery = Recovery(subscribers)
    }

    /// Looks at what was done, for whoever did it: to the end, because who breaks off now must not be told that nothing was done.
    static func afterwards<Report: Sendable>(_ look: @escaping @Sendable () async throws -> Report) async throws -> Report {
        try await Task { try await look() }.value
    }

    /// The enrolment of a device.
    func enrolment(of device: DeviceID) async throws -> Enrolment {
        guard let enrolment = try await enrolments.enrolment(of: device) else { throw VerificationError.noSuchDevice(device) }
        return enrolment
    }
}

/// A secret that a person types, or that stands in a file; never an argument, which every user of the machine could read.
enum PersonSecret {
    /// Reads it.
    ///
    /// - Parameters:
    ///   - file: where it is; `nil` to ask at the terminal, or behind a pipe.
    ///   - name: what it is called: "password".
    ///   - subject: whose it is.
    ///   - option: the one that names the file.
    static func read(_ file: String?, _ name: String, of subject: String, option: String = "--code-file") async throws -> HeldSecret {
        if let file { return HeldSecret(try await SecretInput.file(file).password(name)) }
        let one = (name.first.map("aeio".contains) == true ? "an " : "a ") + name
        let request = PINRequest(
            summary: Summary(title: "\(one.prefix(1).uppercased() + one.dropFirst()) is needed.", lines: []), device: subject,
            triesLeft: nil, previousWasWrong: false,
            wanted: .present(name.prefix(1).uppercased() + name.dropFirst()))
        do throws(HolderError) {
            return HeldSecret(try await TerminalHolder().pin(for: request).takeBytes())
        } catch {
            switch error {
            case .cancelled, .declined:
                if Task.isCancelled { throw CancellationError() }
                throw Failure("no \(name) was given", hint: "type it, or name its file with \(option)", exit: .usage)
            case .timedOut: throw Failure("no \(name) in time", hint: "repeat, or name its file with \(option)", exit: .refused)
            case .unavailable, .tooLong:
                throw Failure("nobody gives \(one)", hint: "name its file with \(option)", exit: .environment)
            }
        }
    }
}

/// Certificates in PEM or DER.
enum CertificateFile {
    /// All of a PEM file, or the one of a DER file.
    static func read(_ name: String) throws -> [[UInt8]] {
        let bytes = try InputFile.read(name)
        guard let text = String(validating: bytes, as: UTF8.self), text.contains("-----BEGIN") else { return [bytes] }
        do { return try PEMDocument.parseMultiple(pemString: text).map(\.derBytes) } catch {
            throw Failure("\"\(name)\" does not hold certificates in PEM", hint: "\"openssl x509 -in FILE\" converts them", exit: .usage)
        }
    }
}

extension SubscriberID: ExpressibleByArgument {}
extension DeviceID: ExpressibleByArgument {}
extension EnrolmentID: ExpressibleByArgument {}
extension AccountID: ExpressibleByArgument {}
extension Identification: ExpressibleByArgument {}
extension SuspensionReason: ExpressibleByArgument {}
extension ProductProfile.ID: ExpressibleByArgument {}
