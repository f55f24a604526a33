import Foundation
import HTTPDoor

// Who is let in, and where.

extension ServeConfiguration {
    /// Users of this machine: those of the options, else those of the file, else whoever starts it, who may do everything.
    static func peers(
        _ options: ServeOptions, _ file: ServeConfigurationFile, _ choice: inout SettingChoice, _ surroundings: Surroundings
    ) throws(ServeConfigurationError) -> [UInt32: Set<Role>] {
        var named: [String: [String]] = [:]
        for text in options.allow {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, named[parts[0]] == nil else {
                throw .init(
                    .unsuitable, "peers", "\"\(text)\" does not say who may do what", hint: "write --allow USER=ROLE,ROLE once a user")
            }
            named[parts[0]] = parts[1].split(separator: ",").map(String.init)
        }
        let fromOptions = try named.isEmpty ? nil : users(named, surroundings)
        let fromFile = try file.peers.map { peers throws(ServeConfigurationError) in try users(peers, surroundings) }
        return choice.take("peers", fromOptions, fromFile, else: [surroundings.userID: Set(Role.allCases)]) { peers in
            peers.sorted { $0.key < $1.key }.map { "uid \($0.key): \(Self.text($0.value))" }.joined(separator: "; ")
        }
    }

    private static func users(
        _ named: [String: [String]], _ surroundings: Surroundings
    ) throws(ServeConfigurationError) -> [UInt32: Set<Role>] {
        var peers: [UInt32: Set<Role>] = [:]
        for (user, names) in named {
            // A name of digits alone is a number, as chown(1) has it when there is no such name.
            guard let number = surroundings.userNamed(user) ?? UInt32(user) else {
                throw .init(.unsuitable, "peers.\(user)", "this machine has no such user", hint: "give a user's name or number")
            }
            guard peers[number] == nil else {
                throw .init(.contradiction, "peers.\(user)", "uid \(number) is there twice", hint: "name each user once")
            }
            peers[number] = try roles(names, of: "peers.\(user)")
        }
        guard !peers.isEmpty else {
            throw .init(.unsuitable, "peers", "nobody could open the socket", hint: "name a user, or leave it out")
        }
        return peers
    }

    /// Roles by their names.
    static func roles(_ names: [String], of member: String) throws(ServeConfigurationError) -> Set<Role> {
        var roles: Set<Role> = []
        for name in names {
            guard let role = Role(rawValue: name) else {
                let all = Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw .init(.unsuitable, member, "\"\(name)\" is no role", hint: "there are: \(all)")
            }
            roles.insert(role)
        }
        guard !roles.isEmpty else { throw .init(.unsuitable, member, "it has no role", hint: "give one, or leave it out") }
        return roles
    }

    private static func text(_ roles: Set<Role>) -> String {
        Role.allCases.filter(roles.contains).map(\.rawValue).joined(separator: ", ")
    }

    /// The door on loopback; an address beyond it is refused, since a token would cross the network in the clear.
    static func loopback(
        _ options: ServeOptions, _ file: ServeConfigurationFile, _ choice: inout SettingChoice
    ) throws(ServeConfigurationError) -> Loopback? {
        let written = file.loopback?.value
        guard let listen = choice.find("loopback.listen", options.listen, written?.listen) else {
            guard options.tokens == nil else {
                throw .init(.contradiction, "loopback.tokens", "nothing listens for tokens", hint: "add --listen 127.0.0.1:PORT")
            }
            return nil
        }
        guard let tokens = choice.path("loopback.tokens", options.tokens, written?.tokens) else {
            throw .init(.missing, "loopback.tokens", "whoever runs on this machine could open it", hint: "give --tokens FILE")
        }
        guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
            throw .init(.unsuitable, "loopback.listen", "\"\(listen)\" has no port from 0 to 65535", hint: "write 127.0.0.1:PORT")
        }
        let host = listen[..<colon]
        guard host != "[::1]" else {
            throw .init(.unsuitable, "loopback.listen", "it listens at 127.0.0.1 alone", hint: "write 127.0.0.1:PORT")
        }
        guard host == "127.0.0.1" || host == "localhost" else {
            throw .init(
                .insecure, "loopback.listen", "\"\(host)\" is beyond this machine, and tokens would cross the network in the clear",
                hint: "write 127.0.0.1:PORT, or put \"tls\" with client certificates into the file")
        }
        let hosts = choice.find("loopback.hosts", nil, written?.hosts) { $0.joined(separator: ", ") }
        let origins = choice.take("loopback.origins", nil, written?.origins, else: []) { $0.joined(separator: ", ") }
        guard !origins.contains("*"), !(hosts ?? []).contains("*") else {
            throw .init(.insecure, "loopback.origins", "\"*\" would let every page in", hint: "name each origin and each host")
        }
        guard !origins.contains(where: { $0.lowercased() == "null" }) else {
            throw .init(
                .insecure, "loopback.origins", "\"null\" is what every page says that hides where it comes from", hint: "name each origin")
        }
        return Loopback(port: Int(port), tokens: tokens, hosts: hosts, origins: origins)
    }

    /// The door beyond loopback, which only the file can open.
    static func tls(_ file: ServeConfigurationFile, _ choice: inout SettingChoice) throws(ServeConfigurationError) -> TLS? {
        guard let written = file.tls?.value else { return nil }
        let address = choice.take("tls.address", nil, written.address, else: "")
        guard isAddress(address) else {
            throw .init(.unsuitable, "tls.address", "\"\(address)\" is no IP address", hint: "give one of this machine, or 0.0.0.0 for all")
        }
        let port = choice.take("tls.port", nil, written.port, else: 0)
        guard (0...65_535).contains(port) else {
            throw .init(.unsuitable, "tls.port", "\(port) is no port", hint: "give 1 to 65535")
        }
        guard let certificate = choice.path("tls.certificate", nil, written.certificate),
            let key = choice.path("tls.key", nil, written.key), let roots = choice.path("tls.clientRoots", nil, written.clientRoots)
        else { throw .init(.missing, "tls", "it names no files", hint: "give certificate, key and clientRoots") }
        var names: [String: Set<Role>] = [:]
        for (name, roles) in written.names { names[name] = try Self.roles(roles, of: "tls.names.\(name)") }
        guard !names.isEmpty else {
            throw .init(.unsuitable, "tls.names", "no client could do anything", hint: "name one by its certificate's common name")
        }
        choice.note("tls.names", names.sorted { $0.key < $1.key }.map { "\($0.key): \(text($0.value))" }.joined(separator: "; "))
        return TLS(address: address, port: port, certificate: certificate, key: key, clientRoots: roots, names: names)
    }

    private static func isAddress(_ text: String) -> Bool {
        var (four, six) = (in_addr(), in6_addr())
        return unsafe inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }
}
