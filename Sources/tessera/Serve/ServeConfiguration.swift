import Foundation
import HTTPDoor
import Logging
import Verification

/// All that `tessera serve` is told: where it listens, whom it lets in, and which bank it is.
///
/// ``effective(_:in:)`` makes it, of options, file and defaults. It holds the names of files with secrets, never a secret.
struct ServeConfiguration {
    /// Which store, and what opens it.
    struct StoreSource {
        /// A file, or a postgresql:// address.
        let place: String
        let mark: StoreMark
        /// The file of its keys.
        let keys: String?
        /// The environment variable that holds them.
        let keysVariable: String?
    }

    /// A door on loopback, behind tokens.
    struct Loopback {
        /// 0 for one that is free.
        let port: Int
        /// The file of ``AccessTokens``.
        let tokens: String
        /// The Host values that are let in; `nil` for the door's own list.
        let hosts: [String]?
        /// The Origin values that are let in.
        let origins: [String]
    }

    /// A door beyond loopback, behind client certificates.
    struct TLS {
        /// An IP address of this machine.
        let address: String
        let port: Int
        /// PEM files: our certificate with its chain, its key, the roots of the clients.
        let certificate: String
        let key: String
        let clientRoots: String
        /// Who may do what, by the common name of their certificate.
        let names: [String: Set<Role>]
    }

    /// Who seals challenges for Scan and Mobile.
    struct Issuer {
        let id: String
        /// The PEM file of its X25519 key.
        let key: String
    }

    /// How the daemon tells what it does.
    struct Log {
        enum Format: String, CaseIterable { case text, json }

        let level: Logger.Level
        let format: Format
    }

    /// The file that was read; `nil` where there is none.
    let file: String?
    /// The bridge's own socket.
    let socket: String
    /// What names this daemon among those that share a store.
    let node: String
    /// Who may open ``socket``, by user id.
    let peers: [UInt32: Set<Role>]
    /// 0600 where only who starts the daemon may open ``socket``, else 0660: the others are of its folder's group.
    let socketMode: UInt32
    let loopback: Loopback?
    let tls: TLS?
    /// The socket of the emulated devices; `nil` where there are none.
    let emulators: String?
    let store: StoreSource
    /// Who asks, as every challenge says it.
    let origin: String
    /// `nil` for a bank without Scan and Mobile.
    let issuer: Issuer?
    /// The file of the key from which strangers' challenges and pictures are drawn; `nil` only for a store for tests.
    let decoyKey: String?
    /// Files with the authorities of cards.
    let roots: [String]
    let admitsRetired: Bool
    /// The file of ``Verification/SignatureRules``.
    let rules: String?
    /// Files with the keys whose heads of the audit log count.
    let auditKeys: [String]
    let authentication: StrongAuthenticationPolicy
    let revocation: Revocation
    let blocking: BlockingRule
    let pinEntry: PINEntryOrder
    let log: Log
    /// The same for every door.
    let limits: DoorLimits
    /// Every setting as text, and where it comes from.
    let settings: [Setting]
}

extension ServeConfiguration {
    /// One setting, as it is printed.
    struct Setting: Encodable, Equatable {
        /// Where a value comes from; each takes precedence over those before it.
        enum Source: String, Encodable {
            case standard = "default"
            case file
            case option
        }

        /// As the file has it: `store.place`.
        let member: String
        let value: String
        let source: Source
    }

    /// What is in force, as it is printed; ``table`` is its form for people.
    struct Report: Encodable {
        /// The file that was read.
        let file: String?
        let settings: [Setting]
        /// How what it names was found.
        let checks: [Finding]

        /// A line a setting, and what was found behind them.
        var table: String {
            var table = Table(header: ["setting", "value", "from"])
            table.cutsCells = false
            table.rows = settings.map { [$0.member, $0.value, $0.source.rawValue] }
            let head = file.map { "The file is \($0.printable)." } ?? "There is no file; all is as the program has it."
            return [head, table.text, checks.text].filter { !$0.isEmpty }.joined(separator: "\n\n")
        }
    }

    /// What is in force; no secret is in it.
    func report(_ checks: [Finding] = []) -> Report { Report(file: file, settings: settings, checks: checks) }
}
