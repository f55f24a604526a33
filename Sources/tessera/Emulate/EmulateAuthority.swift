import ArgumentParser
import Emulation
import Foundation
import HTTPTypes
import Hummingbird
import ISO7816
import Logging
import NIOCore
import SwiftASN1

/// `tessera emulate authority`: answers for a test authority's certificates, until Ctrl-C.
struct EmulateAuthority: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authority", abstract: "Answer over HTTP whether a test authority's certificates are revoked, until Ctrl-C.",
        discussion: """
            FILE has a root and an authority below it, with their keys; it is made if there
            is none. Cards that are emulated with --authority FILE have certificates from
            it, which with --revocation http://127.0.0.1:PORT say where to ask. At
            http://127.0.0.1:PORT there are /root.cer and /issuing.cer, the lists /root.crl
            and /issuing.crl, and OCSP at /root and /issuing. A certificate is named by a
            PEM or DER file, or by its serial number in hexadecimal; a bare number is one
            of the issuing authority's.

            Examples:
              tessera emulate authority ca.pem --port 8888
              tessera emulate authority ca.pem --revoked card.pem --unknown 2e03
              tessera emulate smartcard --authority ca.pem
              openssl ocsp -issuer i.pem -cert c.pem -url http://localhost:8888/issuing
            """)

    /// More than any request has.
    private static let longestRequest = 65_536

    @Argument(help: "The authority's file.", completion: .file())
    var file: String
    @Option(help: "The port on this machine; 0 for a free one.")
    var port: UInt16 = 8888
    @Option(help: "A certificate that is revoked; may be repeated.")
    var revoked: [String] = []
    @Option(help: "A certificate that the authority denies; may be repeated.")
    var unknown: [String] = []

    func run() async throws {
        let now = Date()
        let (root, issuing) = try AuthorityFile.open(file, now: now)
        var service = AuthorityService(root: root, issuing: issuing)
        for name in revoked {
            let (issuer, serialNumber) = try Self.certificate(name, of: service)
            service.revoked[issuer, default: []].append(RevokedCertificate(serialNumber: serialNumber, date: now))
        }
        for name in unknown {
            let (issuer, serialNumber) = try Self.certificate(name, of: service)
            service.unknown[issuer, default: []].insert(serialNumber)
        }
        let served = service
        let server = Application(
            responder: CallbackResponder { (request, _: BasicRequestContext) in await Self.response(to: request, from: served) },
            configuration: .init(address: .hostname("127.0.0.1", port: Int(port))),
            onServerRunning: { [file] channel in
                let port = channel.localAddress?.port ?? 0
                FileHandle(descriptor: 1).write(line: "The authority in \(file) answers at http://127.0.0.1:\(port). Ctrl-C ends it.")
            }, logger: Logger(label: "authority") { _ in SwiftLogNoOpLogHandler() })
        do {
            try await GracefulServices([server], logger: server.logger).run()
        } catch let error as IOError {
            let reason = unsafe String(cString: strerror(error.errnoCode))
            throw Failure("port \(port) cannot be opened: \(reason)", hint: "choose another one with --port", exit: .environment)
        }
    }

    private static func response(to request: Request, from service: AuthorityService) async -> Response {
        do {
            let body = try await request.body.collect(upTo: longestRequest)
            let path = request.uri.path
            guard let answer = try service.answer(request.method.rawValue, path, body: Array(body.readableBytesView), now: Date()) else {
                return Response(status: .notFound)
            }
            return Response(
                status: .ok, headers: [.contentType: answer.type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        } catch is NIOTooManyBytesError {
            return Response(status: .contentTooLarge)
        } catch {
            return Response(status: .internalServerError)
        }
    }

    /// What names a certificate: a file, or the serial number itself, with colons or without; then cards have it.
    ///
    /// - Throws: ``Failure`` for a certificate that neither authority has issued.
    static func certificate(_ name: String, of service: AuthorityService) throws -> (AuthorityService.Authority, serialNumber: [UInt8]) {
        if !FileManager.default.fileExists(atPath: name), let bytes = [UInt8](hexadecimal: name.filter { $0 != ":" }), !bytes.isEmpty {
            return (.issuing, Array(bytes.drop { $0 == 0 }))
        }
        let bytes = try InputFile.read(name)
        let pem = try? PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self))
        let certificate = pem?.first { $0.discriminator == "CERTIFICATE" }?.derBytes ?? bytes
        let serialNumber = try TestAuthority.serialNumber(of: certificate)
        guard let issuer = service.issuer(of: certificate) else {
            throw Failure(
                "the certificate in \"\(name)\" is not from this authority", hint: "choose one that it has issued, or the other FILE",
                exit: .usage)
        }
        return (issuer, serialNumber)
    }
}
