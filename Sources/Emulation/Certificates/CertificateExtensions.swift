internal import SwiftASN1
internal import X509

// Extensions that swift-certificates has no type for.

extension Certificate.Extension {
    /// Statements of a qualified certificate for signatures, whose key is in a qualified device.
    ///
    /// QcCompliance, QcSSCD and QcType esign (ETSI EN 319 412-5, 4.2.1 to 4.2.3) in the extension of RFC 3739, 3.2.6.
    static func qualifiedStatements() throws -> Certificate.Extension {
        let arc: ASN1ObjectIdentifier = [0, 4, 0, 1862, 1]
        let value = try DER.bytes { coder throws in
            try coder.sequence { coder throws in
                try coder.sequence { try $0.serialize(arc.appending(1)) }
                try coder.sequence { try $0.serialize(arc.appending(4)) }
                try coder.sequence { coder throws in
                    try coder.serialize(arc.appending(6))
                    try coder.sequence { try $0.serialize(arc.appending(6).appending(1)) }
                }
            }
        }
        return Certificate.Extension(oid: [1, 3, 6, 1, 5, 5, 7, 1, 3], critical: false, value: value[...])
    }

    /// cRLDistributionPoints with one URL; RFC 5280, 4.2.1.13.
    static func distributionPoint(_ url: String) throws -> Certificate.Extension {
        let value = try DER.bytes { coder throws in
            try coder.sequence { coder throws in
                try coder.sequence { coder throws in
                    // distributionPoint, fullName.
                    try coder.tagged(0) { coder throws in
                        try coder.tagged(0) { try $0.serialize(GeneralName.uniformResourceIdentifier(url)) }
                    }
                }
            }
        }
        return Certificate.Extension(oid: [2, 5, 29, 31], critical: false, value: value[...])
    }

    /// An extension with a number: cRLNumber; RFC 5280, 5.2.3.
    static func listNumber(_ number: Int) throws -> Certificate.Extension {
        Certificate.Extension(oid: [2, 5, 29, 20], critical: false, value: try DER.bytes { try $0.serialize(number) }[...])
    }

    /// reasonCode of an entry; RFC 5280, 5.3.1.
    static func reason(_ reason: RevokedCertificate.Reason) -> Certificate.Extension {
        let value = DER.bytes { $0.enumerated(reason.rawValue) }
        return Certificate.Extension(oid: [2, 5, 29, 21], critical: false, value: value[...])
    }
}

extension RevocationServices {
    /// cRLDistributionPoints and authorityInfoAccess, as far as there is something to say.
    func extensions() throws -> [Certificate.Extension] {
        var extensions: [Certificate.Extension] = []
        if let list { extensions.append(try .distributionPoint(list)) }
        if let responder {
            let access = AuthorityInformationAccess([.init(method: .ocspServer, location: .uniformResourceIdentifier(responder))])
            extensions.append(try Certificate.Extension(access, critical: false))
        }
        return extensions
    }
}
