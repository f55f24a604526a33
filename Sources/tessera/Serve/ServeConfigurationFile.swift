import Foundation
import HTTPDoor

/// The file of `tessera serve` as it is written, before anything of it is believed: JSON (RFC 8259).
///
/// A member that it does not have is refused: a misspelt limit would otherwise be no limit.
struct ServeConfigurationFile: Decodable, Closed {
    struct Store: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case place, test, keys, keysVariable }
        var place: String?
        var test: Bool?
        var keys: String?
        var keysVariable: String?
    }

    struct Loopback: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case listen, tokens, hosts, origins }
        var listen: String
        var tokens: String
        var hosts: [String]?
        var origins: [String]?
    }

    struct TLS: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case address, port, certificate, key, clientRoots, names }
        var address: String
        var port: Int
        var certificate: String
        var key: String
        var clientRoots: String
        var names: [String: [String]]
    }

    struct Issuer: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case id, key }
        var id: String?
        var key: String
    }

    struct Emulators: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case socket }
        var socket: String?
    }

    struct Exemptions: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case trustedBeneficiaries, trustedLimits, lowValue }
        var trustedBeneficiaries: Bool?
        /// Decimal amounts by currency.
        var trustedLimits: [String: String]?
        var lowValue: Bool?
    }

    struct Log: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case level, format }
        var level: String?
        var format: String?
    }

    struct Limits: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case bodySize, bodiesSize, headerSize, headerCount, headerSeconds, bodySeconds, idleSeconds, stallSeconds, connections
            case connectionsPerPeer, requests, waitingRequests, closingSeconds
        }
        var bodySize: Int?
        var bodiesSize: Int?
        var headerSize: Int?
        var headerCount: Int?
        var headerSeconds: Int?
        var bodySeconds: Int?
        var idleSeconds: Int?
        var stallSeconds: Int?
        var connections: Int?
        var connectionsPerPeer: Int?
        var requests: Int?
        var waitingRequests: Int?
        var closingSeconds: Int?
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case socket, node, peers, loopback, tls, emulators, store, origin, issuer, decoyKey, roots, admitRetired, rules, exemptions
        case pinEntry, log, limits
    }

    var socket: String?
    var node: String?
    var peers: [String: [String]]?
    var loopback: Strict<Loopback>?
    var tls: Strict<TLS>?
    var emulators: Strict<Emulators>?
    var store: Strict<Store>?
    var origin: String?
    var issuer: Strict<Issuer>?
    var decoyKey: String?
    var roots: [String]?
    var admitRetired: Bool?
    var rules: String?
    var exemptions: Strict<Exemptions>?
    var pinEntry: [String]?
    var log: Strict<Log>?
    var limits: Strict<Limits>?

    /// A file in which nothing stands.
    init() {}

    /// Reads the file of this name, which nobody but root and this user can have written.
    static func read(_ name: String) throws(ServeConfigurationError) -> ServeConfigurationFile {
        let bytes: [UInt8]
        do {
            bytes = try InputFile.read(name, limit: 1 << 20) { try KeptFile.check($0, isSecret: false) }
        } catch let fault as KeptFile.Fault {
            throw ServeConfigurationError(fault, of: name, for: "")
        } catch {
            let failure = Failure(error)
            throw ServeConfigurationError(.unreadable, "", failure.message, hint: failure.hint)
        }
        return try parse(bytes)
    }

    /// Reads its bytes.
    static func parse(_ bytes: [UInt8]) throws(ServeConfigurationError) -> ServeConfigurationFile {
        let file: ServeConfigurationFile
        do { file = try JSONDecoder().decode(Strict<ServeConfigurationFile>.self, from: Data(bytes)).value } catch {
            throw refusal(of: bytes, because: error)
        }
        if let doubled = DoubledMember(in: bytes) {
            throw .init(.malformed, doubled.path, "it stands twice, again in line \(doubled.line)", hint: "leave one of them out")
        }
        return file
    }

    private static func refusal(of bytes: [UInt8], because error: any Error) -> ServeConfigurationError {
        let mend = "Docs/Service.md shows every member"
        guard let error = error as? DecodingError else { return .init(.malformed, "", "the file cannot be read", hint: mend) }
        switch error {
        case .keyNotFound(let key, let context):
            return .init(.missing, path(context.codingPath + [key]), "it is missing", hint: mend)
        case .typeMismatch(let type, let context):
            return .init(.malformed, path(context.codingPath), "it is no \(name(of: type))", hint: mend)
        case .valueNotFound(_, let context):
            return .init(.malformed, path(context.codingPath), "it is null", hint: "leave it out for its default")
        case .dataCorrupted(let context):
            if let unknown = context.underlyingError as? UnknownMember {
                return .init(
                    .unknownMember, path(context.codingPath + [unknown.key]), "there is no such member\(line(of: unknown.key, in: bytes))",
                    hint: "there are: \(unknown.known.joined(separator: ", "))")
            }
            return .init(.malformed, path(context.codingPath), "it is no JSON\(breakingLine(in: bytes))", hint: mend)
        @unknown default: return .init(.malformed, "", "the file cannot be read", hint: mend)
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map { "entry \($0 + 1)" } ?? $0.stringValue }.joined(separator: ".")
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Int.Type: "whole number"
        case is Bool.Type: "true or false"
        case is [Any].Type: "list"
        default: "object"
        }
    }

    /// Where a member is written; nothing when its name is there more than once.
    private static func line(of key: any CodingKey, in bytes: [UInt8]) -> String {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let places = lines.indices.filter { lines[$0].contains("\"\(key.stringValue)\"") }
        return places.count == 1 ? ", in line \(places[0] + 1)" : ""
    }

    /// Where the JSON breaks off: JSONDecoder does not say, JSONSerialization counts characters; nothing at the end of the file.
    private static func breakingLine(in bytes: [UInt8]) -> String {
        do { _ = try JSONSerialization.jsonObject(with: Data(bytes)) } catch {
            let told = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? ""
            guard let match = told.firstMatch(of: /character (\d+)/), let place = Int(match.1) else { return "" }
            return ", in line \(bytes.prefix(place).count { $0 == UInt8(ascii: "\n") } + 1)"
        }
        return ""
    }
}

/// What names all members that it can have.
protocol Closed {
    associatedtype CodingKeys: CodingKey, CaseIterable
}

/// A value of which no member is passed over.
struct Strict<Value: Decodable & Closed>: Decodable {
    let value: Value

    init(from decoder: any Decoder) throws {
        let known = Value.CodingKeys.allCases.map(\.stringValue)
        let members = try decoder.container(keyedBy: AnyMember.self).allKeys
        if let other = members.sorted(by: { $0.stringValue < $1.stringValue }).first(where: { !known.contains($0.stringValue) }) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath, debugDescription: "unknown member",
                    underlyingError: UnknownMember(key: other, known: known)))
        }
        value = try Value(from: decoder)
    }
}

/// Any member's name.
private struct AnyMember: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

private struct UnknownMember: Error {
    let key: AnyMember
    let known: [String]
}
