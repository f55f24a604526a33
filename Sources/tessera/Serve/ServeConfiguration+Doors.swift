import Foundation
import HTTPDoor

// Who is let in, and where.

extension ServeConfiguration {
    /// Users of this machine: those of the options, else those of the file, else whoever starts it, who may do everything.
    static func peers(
        _ options: ServeOptions, _ file: ServeConfigurationFile, _ choice: inout SettingChoice, _ surroundings: Surroundings
    ) -> [UInt32: Set<Role>] {
        var named: [String: [String]] = [:]
        for text in options.allow {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, named[parts[0]] == nil else {
                choice.note(
                    .init(
                        .unsuitable, "peers", "\"\(text)\" does not say who may do what", hint: "write --allow USER=ROLE,ROLE once a user"),
                    isOption: true)
                continue
            }
            named[parts[0]] = parts[1].split(separator: ",").map(String.init)
        }
        let fromOptions = options.allow.isEmpty ? nil : users(named, &choice, surroundings, isOption: true)
        let fromFile = file.peers.map { users($0, &choice, surroundings, isOption: false) }
        return choice.take("peers", fromOptions, fromFile, else: [surroundings.userID: Set(Role.allCases)]) { peers in
            peers.sorted { $0.key < $1.key }.map { "uid \($0.key): \(Self.text($0.value))" }.joined(separator: "; ")
        }
    }

    private static func users(
        _ named: [String: [String]], _ choice: inout SettingChoice, _ surroundings: Surroundings, isOption: Bool
    ) -> [UInt32: Set<Role>] {
        var peers: [UInt32: Set<Role>] = [:]
        for (user, names) in named.sorted(by: { $0.key < $1.key }) {
            let member = "peers.\(user)"
            choice.attempt((), isOption: isOption) { () throws(ServeConfigurationError) in
                let roles = try roles(names, of: member)
                // A name of digits alone is a number, as chown(1) has it when there is no such name.
                guard let number = surroundings.userNamed(user) ?? UInt32(user) else {
                    throw .init(.unsuitable, member, "this machine has no such user", hint: "give a user's name or number")
                }
                guard peers[number] == nil else {
                    throw .init(.contradiction, member, "uid \(number) is there twice", hint: "name each user once")
                }
                peers[number] = roles
            }
        }
        if named.isEmpty {
            choice.note(
                .init(.unsuitable, "peers", "nobody could open the socket", hint: "name a user, or leave it out"), isOption: isOption)
        }
        return peers
    }

    /// Whether a caller may be known by this name of their certificate: nobody at another door is called so.
    private static func isCertificateName(_ name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            && !["uid ", "token "].contains { name.hasPrefix($0) } && name != "anybody"
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
    static func loopback(_ options: ServeOptions, _ file: ServeConfigurationFile, _ choice: inout SettingChoice) -> Loopback? {
        let written = file.loopback?.value
        let listen = choice.find("loopback.listen", options.listen, written?.listen)
        let tokens = choice.path("loopback.tokens", options.tokens, written?.tokens)
        guard let listen else {
            if written != nil {
                choice.note(.init(.missing, "loopback.listen", "nothing says where to listen", hint: "write 127.0.0.1:PORT"))
            } else if options.tokens != nil {
                choice.note(
                    .init(.contradiction, "loopback.tokens", "nothing listens for tokens", hint: "add --listen 127.0.0.1:PORT"),
                    isOption: true)
            }
            return nil
        }
        if tokens == nil {
            choice.note(.init(.missing, "loopback.tokens", "whoever runs on this machine could open it", hint: "give --tokens FILE"))
        }
        let port = choice.attempt(nil) { () throws(ServeConfigurationError) -> UInt16? in try Self.port(of: listen) }
        let hosts = choice.find("loopback.hosts", nil, written?.hosts) { $0.joined(separator: ", ") }
        let origins = choice.take("loopback.origins", nil, written?.origins, else: []) { $0.joined(separator: ", ") }
        for (member, names) in [("loopback.hosts", hosts ?? []), ("loopback.origins", origins)] where names.contains("*") {
            choice.note(.init(.insecure, member, "\"*\" would let every page in", hint: "name each origin and each host"))
        }
        if origins.contains(where: { $0.lowercased() == "null" }) {
            choice.note(
                .init(
                    .insecure, "loopback.origins", "\"null\" is what every page says that hides where it comes from",
                    hint: "name each origin"))
        }
        guard let port, let tokens else { return nil }
        return Loopback(port: Int(port), tokens: tokens, hosts: hosts, origins: origins)
    }

    private static func port(of listen: String) throws(ServeConfigurationError) -> UInt16 {
        let member = "loopback.listen"
        guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
            throw .init(.unsuitable, member, "\"\(listen)\" has no port from 0 to 65535", hint: "write 127.0.0.1:PORT")
        }
        let host = listen[..<colon]
        guard host != "[::1]" else {
            throw .init(.unsuitable, member, "it listens at 127.0.0.1 alone", hint: "write 127.0.0.1:PORT")
        }
        guard host == "127.0.0.1" || host == "localhost" else {
            throw .init(
                .insecure, member, "\"\(host)\" is beyond this machine, and tokens would cross the network in the clear",
                hint: "write 127.0.0.1:PORT, or put \"tls\" with client certificates into the file")
        }
        return port
    }

    /// The door beyond loopback, which only the file can open.
    static func tls(_ file: ServeConfigurationFile, _ choice: inout SettingChoice) -> TLS? {
        guard let written = file.tls?.value else { return nil }
        let address = choice.find("tls.address", nil, written.address)
        let port = choice.find("tls.port", nil, written.port)
        let certificate = choice.path("tls.certificate", nil, written.certificate)
        let key = choice.path("tls.key", nil, written.key)
        let roots = choice.path("tls.clientRoots", nil, written.clientRoots)
        let all: [(String, Bool)] = [
            ("address", address != nil), ("port", port != nil), ("certificate", certificate != nil), ("key", key != nil),
            ("clientRoots", roots != nil), ("names", written.names != nil),
        ]
        for (member, isThere) in all where !isThere {
            choice.note(.init(.missing, "tls.\(member)", "it is missing", hint: "\"tls\" has \(all.map(\.0).joined(separator: ", "))"))
        }
        if let address, !isAddress(address) {
            choice.note(
                .init(.unsuitable, "tls.address", "\"\(address)\" is no IP address", hint: "give one of this machine, or 0.0.0.0 for all"))
        }
        if let port, !(0...65_535).contains(port) {
            choice.note(.init(.unsuitable, "tls.port", "\(port) is no port", hint: "give 1 to 65535"))
        }
        var names: [String: Set<Role>] = [:]
        for (name, roles) in (written.names ?? [:]).sorted(by: { $0.key < $1.key }) {
            names[name] = choice.attempt(nil) { () throws(ServeConfigurationError) -> Set<Role>? in
                guard Self.isCertificateName(name) else {
                    throw .init(
                        .unsuitable, "tls.names", "\"\(name)\" names nobody, or could be taken for a caller at another door",
                        hint: "use a name without control characters that is not \"anybody\", \"uid …\" or \"token …\"")
                }
                return try Self.roles(roles, of: "tls.names.\(name)")
            }
        }
        if written.names?.isEmpty == true {
            choice.note(
                .init(
                    .unsuitable, "tls.names", "no client could do anything", hint: "name one by its certificate's common name"))
        }
        choice.show("tls.names", names.sorted { $0.key < $1.key }.map { "\($0.key): \(text($0.value))" }.joined(separator: "; "))
        guard let address, let port, let certificate, let key, let roots else { return nil }
        return TLS(address: address, port: port, certificate: certificate, key: key, clientRoots: roots, names: names)
    }

    private static func isAddress(_ text: String) -> Bool {
        var (four, six) = (in_addr(), in6_addr())
        return unsafe inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }
}
