#if PostgreSQL
import CPostgreSQL
import Foundation
import Verification

/// Where a store is: a server, or several of which one takes changes, a database, and the schema with its tables.
struct PostgreSQLAddress: Sendable {
    /// One of the servers, in libpq's words; what is missing is libpq's default.
    struct Host: Sendable {
        let parameters: [(keyword: String, value: String)]
    }

    /// What libpq understands.
    let text: String
    /// The name of the schema: a lower-case letter, then up to 62 of these, digits and `_`.
    let schema: String
    let hosts: [Host]
    /// The servers and the database, without user and password.
    let name: String

    /// Reads a URL (`postgresql://user@host,host/database?schema=name`) or a connection string of libpq's.
    ///
    /// - Throws: ``Verification/StoreError/unavailable(_:)``. It shows nothing of the text, which may hold a password.
    init(_ text: String) throws(StoreError) {
        let (text, schema) = Self.takingSchema(from: text)
        self.schema = schema ?? "tessera"
        self.text = text
        guard let first = self.schema.utf8.first, (0x61...0x7A).contains(first), self.schema.utf8.count <= 63,
            self.schema.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
        else { throw .unavailable("the schema of its address needs a lower-case letter, then more, digits or _") }
        guard let options = unsafe PQconninfoParse(text, nil) else {
            throw .unavailable("its address is no URL \"postgresql://…\" that libpq understands, nor a connection string")
        }
        defer { unsafe PQconninfoFree(options) }
        var parts: [String: [String]] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                let text = unsafe String(cString: value)
                unsafe parts[String(cString: keyword)] = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            unsafe option += 1
        }
        let count = max(parts["host"]?.count ?? 0, parts["hostaddr"]?.count ?? 0, 1)
        hosts = (0..<count).map { index in
            Host(
                parameters: ["host", "hostaddr", "port"].compactMap { keyword in
                    guard let values = parts[keyword], let last = values.last else { return nil }
                    return (keyword, index < values.count ? values[index] : last)
                })
        }
        let names = hosts.map { host in
            let values = Dictionary(host.parameters.map { ($0.keyword, $0.value) }) { first, _ in first }
            return (values["host"] ?? values["hostaddr"] ?? "localhost") + (values["port"].map { ":\($0)" } ?? "")
        }
        name = names.joined(separator: ",") + (parts["dbname"]?.first.map { "/\($0)" } ?? "")
    }

    /// `schema=` is ours, and libpq refuses what it does not know.
    private static func takingSchema(from text: String) -> (String, String?) {
        guard text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") else { return (text, nil) }
        // User and password end at the first `@` before any `/`; a `?` between them is theirs.
        let server = text.drop { $0 != "/" }.dropFirst(2)
        let login = server.prefix { $0 != "/" }.firstIndex(of: "@") ?? server.startIndex
        guard let mark = text[login...].firstIndex(of: "?") else { return (text, nil) }
        var schema: String?
        let others = text[text.index(after: mark)...].split(separator: "&").filter { item in
            guard item.hasPrefix("schema=") else { return true }
            schema = String(item.dropFirst("schema=".count))
            return false
        }
        return (text[..<mark] + (others.isEmpty ? "" : "?" + others.joined(separator: "&")), schema)
    }
}
#endif
