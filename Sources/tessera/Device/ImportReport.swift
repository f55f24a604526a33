import DeviceProtocol
import Foundation
import Verification

/// What became of the keys of a container, as it is printed.
struct ImportReport: Encodable {
    let dryRun: Bool
    let keys: Int
    private(set) var enrolled = 0
    private(set) var known = 0
    private(set) var created = 0
    let withoutOwner: Int
    let ownersWithoutKey: Int
    /// The serial numbers that nobody is named for, in the order of the container.
    let serialsWithoutOwner: [String]
    /// The serial numbers that the file of owners names and the container does not.
    let serialsWithoutKey: [String]
    /// How many devices open nothing yet, because nobody said how their holder was identified.
    private(set) var unidentified = 0
    /// How many devices are of people who cannot log in yet, because they have no password.
    private(set) var withoutPassword = 0

    private let owners: [DeviceID: OwnersFile.Owner]
    private let serials: [DeviceID]
    private var outcomes: [DeviceID: String] = [:]

    private enum CodingKeys: CodingKey {
        case dryRun, keys, enrolled, known, created, withoutOwner, ownersWithoutKey, serialsWithoutOwner, serialsWithoutKey, unidentified
        case withoutPassword
    }

    init(of found: [FoundKey], for owners: [DeviceID: OwnersFile.Owner], dryRun: Bool) {
        self.dryRun = dryRun
        self.owners = owners
        serials = found.map(\.device)
        keys = serials.count
        serialsWithoutOwner = serials.filter { owners[$0] == nil }.map(\.rawValue)
        serialsWithoutKey = Set(owners.keys).subtracting(serials).map(\.rawValue).sorted()
        withoutOwner = serialsWithoutOwner.count
        ownersWithoutKey = serialsWithoutKey.count
    }

    /// Counts a group that was enrolled.
    mutating func add(_ done: Enrolments.Imported, of group: [DeviceID]) {
        enrolled += done.enrolled
        known += done.known
        created += done.created
        unidentified += done.unidentified
        withoutPassword += done.withoutPassword
        for device in group { outcomes[device] = dryRun ? "would be enrolled" : "enrolled" }
        for device in done.knownDevices { outcomes[device] = "enrolled before" }
    }

    /// Remembers why a device was refused.
    mutating func refuse(_ device: DeviceID, _ reason: String) { outcomes[device] = "refused: \(reason)" }

    /// All serial numbers with whose they are and what became of them, in CSV (RFC 4180).
    var rows: String {
        var rows = [["serial", "user", "outcome"]]
        for serial in serials {
            let owner = owners[serial]?.subscriber.rawValue
            rows.append([serial.rawValue, owner ?? "", outcomes[serial] ?? (owner == nil ? "without owner" : "not enrolled")])
        }
        for serial in serialsWithoutKey {
            rows.append([serial, DeviceID(rawValue: serial).flatMap { owners[$0]?.subscriber.rawValue } ?? "", "without key"])
        }
        return rows.map { $0.map(Self.field).joined(separator: ",") + "\n" }.joined()
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }

    /// What a person reads.
    ///
    /// - Parameter store: the options that name the store.
    func text(_ store: String) -> String {
        var lines = [
            "\(dryRun ? "would be enrolled  " : "enrolled           ") \(enrolled)",
            "enrolled before     \(known)",
            "customers created   \(created)",
            "keys without owner  \(withoutOwner)\(Self.beginning(of: serialsWithoutOwner))",
            "owners without key  \(ownersWithoutKey)\(Self.beginning(of: serialsWithoutKey))",
        ]
        if unidentified > 0 {
            lines += [
                "\(unidentified) cannot log in yet: nobody said how their holders were identified; for each:",
                "  tessera device identify SERIAL --by branch \(store)",
            ]
        }
        if withoutPassword > 0 {
            lines += [
                "\(withoutPassword) cannot log in yet: their holders have no password;",
                "  they set one once their device has approved \"New password\": Docs/Enrolment.md, \"Many devices at once\"",
            ]
        }
        return lines.joined(separator: "\n")
    }

    /// Some of them; the file of `--report` names all.
    private static func beginning(of serials: [String]) -> String {
        guard !serials.isEmpty else { return "" }
        let rest = serials.count > 8 ? ", …; --report FILE names all" : ""
        return ": " + serials.prefix(8).map(\.printable).joined(separator: ", ") + rest
    }
}
