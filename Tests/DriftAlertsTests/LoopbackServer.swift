import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A peer on loopback that misbehaves as told: each connection is answered by a script.
final class LoopbackServer: Sendable {
    enum Behaviour: Sendable {
        /// These bytes, then the end of the connection.
        case answer(String)
        /// The connection is cut without an answer.
        case cut
        /// Nothing, for ever.
        case silence
        /// A head, then one byte after another without an end.
        case drip
        /// A head, then more and more.
        case endless
    }

    let port: Int
    private let channel: any Channel

    static func status(_ status: String, headers: String = "", body: String = "") -> Behaviour {
        .answer(
            "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\(headers)\r\n\(body)")
    }

    /// - Parameters:
    ///   - certificate: PEM files of certificate and key; nil: no TLS.
    ///   - script: What to do with the n-th request, from 1.
    static func start(
        certificate: (chain: String, key: String)? = nil, script: @escaping @Sendable (Int, String) -> Behaviour
    ) async throws -> LoopbackServer {
        let requests = Recorder()
        var tls: NIOSSLContext?
        if let certificate {
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate.chain).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem)))
            tls = try NIOSSLContext(configuration: configuration)
        }
        let context = tls
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(script, requests))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LoopbackServer(channel, requests)
    }

    private let recorder: Recorder

    private init(_ channel: any Channel, _ recorder: Recorder) {
        self.channel = channel
        self.recorder = recorder
        port = channel.localAddress?.port ?? 0
    }

    /// What was asked so far: whole requests.
    var asked: [String] { recorder.all.withLock { $0 } }

    func stop() async throws { try await channel.close() }

    final class Recorder: Sendable {
        let all = Mutex<[String]>([])
    }

    /// Collects a request, then does as told.
    private final class ScriptHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: @Sendable (Int, String) -> Behaviour
        private let recorder: Recorder
        private var text = ""

        init(_ script: @escaping @Sendable (Int, String) -> Behaviour, _ recorder: Recorder) {
            self.script = script
            self.recorder = recorder
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard let head = text.range(of: "\r\n\r\n") else { return }
            let length = text.lowercased().range(of: "content-length: ").flatMap { range in
                Int(text[range.upperBound...].prefix { $0.isNumber })
            }
            guard text[head.upperBound...].utf8.count >= length ?? 0 else { return }
            let request = text
            text = ""
            let number = recorder.all.withLock { all in
                all.append(request)
                return all.count
            }
            act(script(number, request), context)
        }

        private func act(_ behaviour: Behaviour, _ context: ChannelHandlerContext) {
            let loop = NIOLoopBound(context, eventLoop: context.eventLoop)
            switch behaviour {
            case .answer(let answer):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)))
                    .whenComplete { _ in loop.value.close(promise: nil) }
            case .cut: context.close(promise: nil)
            case .silence: break
            case .drip:
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")), promise: nil
                )
                context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
                    loop.value.writeAndFlush(NIOAny(ByteBuffer(string: "x")), promise: nil)
                }
            case .endless:
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")),
                    promise: nil)
                let chunk = "4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n"
                context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { _ in
                    loop.value.writeAndFlush(NIOAny(ByteBuffer(string: chunk)), promise: nil)
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// Certificates made for a test.
enum TestCertificates {
    /// A self-signed certificate.
    /// - Returns: nil where there is no openssl.
    static func make(in directory: String, name: String, days: Int = 2) throws -> (chain: String, key: String)? {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl") else { return nil }
        let (chain, key) = ("\(directory)/cert.pem", "\(directory)/key.pem")
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "\(days)", "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=DNS:\(name)", "-keyout", key, "-out", chain,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        return openssl.terminationStatus == 0 ? (chain, key) : nil
    }
}
