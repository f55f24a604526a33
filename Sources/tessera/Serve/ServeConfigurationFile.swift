import Foundation
import Secrets

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
        var listen: String?
        var tokens: String?
        var hosts: [String]?
        var origins: [String]?
    }

    struct TLS: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case address, port, certificate, key, clientRoots, names }
        var address: String?
        var port: Int?
        var certificate: String?
        var key: String?
        var clientRoots: String?
        var names: [String: [String]]?
    }

    struct Issuer: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case id, key }
        var id: String?
        var key: String?
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

    struct Revocation: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case mode, lists, responses, responders }
        var mode: String?
        var lists: [String]?
        var responses: [String]?
        var responders: [String]?
    }

    struct Blocking: Decodable, Closed {
        enum CodingKeys: String, CodingKey, CaseIterable { case wrongAnswers, minutes, triesAfterwards }
        var wrongAnswers: Int?
        var minutes: Int?
        var triesAfterwards: Int?
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
        case auditKeys, revocation, blocking, pinEntry, log, limits
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
    var auditKeys: [String]?
    var exemptions: Strict<Exemptions>?
    var revocation: Strict<Revocation>?
    var blocking: Strict<Blocking>?
    var pinEntry: [String]?
    var log: Strict<Log>?
    var limits: Strict<Limits>?

    /// What could not be read, and was left out.
    var problems: [ServeConfigurationError] = []

    /// A file in which nothing stands.
    init() {}

    /// Reads the file of this name, which nobody but root and this user can have written.
    ///
    /// - Throws: ``ServeConfigurationErrors`` where nothing of it can be read.
    static func read(_ name: String) throws(ServeConfigurationErrors) -> ServeConfigurationFile {
        let bytes: [UInt8]
        do {
            bytes = try InputFile.read(name, limit: 1 << 20) { try KeptFile.check($0, isSecret: false) }
        } catch let fault as KeptFile.Fault {
            throw ServeConfigurationErrors(ServeConfigurationError(fault, of: name, for: ""))
        } catch {
            throw ServeConfigurationErrors(unreadable(name, Failure(error)))
        }
        do throws(ServeConfigurationErrors) { return try parse(bytes) } catch { throw error.standing(in: name) }
    }

    private static func unreadable(_ name: String, _ failure: Failure) -> ServeConfigurationError {
        let folder = URL(filePath: name, directoryHint: .isDirectory)
        guard (try? folder.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true else {
            return ServeConfigurationError(.unreadable, "", failure.message, hint: failure.hint)
        }
        let file = folder.appending(path: "serve.json").path
        let isThere = FileManager.default.fileExists(atPath: file)
        return ServeConfigurationError(
            .unreadable, "", "\"\(name)\" is a folder, and a file is expected",
            hint: "name the file: \(file)\(isThere ? "" : ", which is not there yet; Docs/Service.md shows one")")
    }

    /// The most problems that are told at once: whoever has more has named another file.
    private static let most = 40

    /// Reads its bytes; a member that cannot be read is noted and left out.
    ///
    /// - Throws: ``ServeConfigurationErrors`` where it is no JSON object, or wrong throughout.
    static func parse(_ bytes: [UInt8]) throws(ServeConfigurationErrors) -> ServeConfigurationFile {
        var problems: [ServeConfigurationError] = []
        var rest = bytes
        while problems.count < most {
            do {
                var file = try JSONDecoder().decode(Strict<ServeConfigurationFile>.self, from: Data(rest)).value
                file.problems = problems + DoubledMember.all(in: bytes).prefix(most).map(\.problem)
                return file
            } catch {
                let (problem, place) = refusal(of: bytes, because: error)
                guard !problems.contains(problem) else { break }
                problems.append(problem)
                guard let less = without(place, rest) else { break }
                rest = less
            }
        }
        throw ServeConfigurationErrors(problems) ?? ServeConfigurationErrors(.init(.malformed, "", "the file cannot be read", hint: mend))
    }

    private static let mend = "Docs/Service.md shows every member"

    /// What is told of an error of the decoder, and which member it was about.
    private static func refusal(of bytes: [UInt8], because error: any Error) -> (ServeConfigurationError, [any CodingKey]) {
        guard let error = error as? DecodingError else { return (.init(.malformed, "", "the file cannot be read", hint: mend), []) }
        switch error {
        case .keyNotFound(let key, let context):
            return (.init(.missing, path(context.codingPath + [key]), "it is missing", hint: mend), context.codingPath)
        case .typeMismatch(let type, let context):
            return (.init(.malformed, path(context.codingPath), "it is no \(name(of: type))", hint: mend), context.codingPath)
        case .valueNotFound(_, let context):
            return (.init(.malformed, path(context.codingPath), "it is null", hint: "leave it out for its default"), context.codingPath)
        case .dataCorrupted(let context):
            if let unknown = context.underlyingError as? UnknownMember {
                let place = context.codingPath + [unknown.key]
                return (
                    .init(
                        .unknownMember, path(place), "there is no such member\(line(of: unknown.key, in: bytes))",
                        hint: "there are: \(unknown.known.joined(separator: ", "))"), place
                )
            }
            // A number that is none of ours is one of its member; anything else is no JSON at all.
            let what = context.codingPath.isEmpty ? "it is no JSON\(breakingLine(in: bytes))" : "it cannot be used"
            return (.init(.malformed, path(context.codingPath), what, hint: mend), context.codingPath)
        @unknown default: return (.init(.malformed, "", "the file cannot be read", hint: mend), [])
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue, key.stringValue != "\(index)" {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }

    /// The same JSON without one member, or without the list that an entry is of; `nil` where there is no such member.
    private static func without(_ place: [any CodingKey], _ bytes: [UInt8]) -> [UInt8]? {
        guard !place.isEmpty, let whole = try? JSONSerialization.jsonObject(with: Data(bytes)),
            let rest = remainder(of: whole, without: place[...]) as? [String: Any],
            let data = try? JSONSerialization.data(withJSONObject: rest)
        else { return nil }
        return Array(data)
    }

    private static func remainder(of value: Any, without place: ArraySlice<any CodingKey>) -> Any? {
        guard let key = place.first, var object = value as? [String: Any] else { return nil }
        guard let inner = object[key.stringValue] else { return object }
        object[key.stringValue] = remainder(of: inner, without: place.dropFirst())
        return object
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
