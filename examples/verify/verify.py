#!/usr/bin/env python3
"""Checks, offline, what a school's ledger has handed out: a receipt or a balance proof (the file, or the
text of its QR code), a checkpoint, a consistency proof with the earlier checkpoint, or, with --account, the
receipts of a statement.
Exit code: 0 proven, 1 not proven, 2 could not be read."""
# Written from ledger/FORMAT.md alone: read its chapter "Proofs" beside this. Python 3.8 and nothing else.
import argparse, base64, hashlib, json, re, sys, zlib

class NotProven(Exception): pass
def prove(holds, what):
    if not holds: raise NotProven(what)
def read(holds, what):
    if not holds: raise ValueError(what)
def sha256(data): return hashlib.sha256(data).digest()

# Ed25519 (RFC 8032, 5.1). Points are (X, Y, Z, T) with x = X/Z, y = Y/Z and xy = T/Z.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, MINUS_ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)
def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P
def times(n, p):
    product = (0, 1, 1, 0)
    for bit in bin(n)[2:]:
        product = add(product, product)
        if bit == "1": product = add(product, p)
    return product
def point(data):
    sign, y = divmod(int.from_bytes(data, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square: x = x * MINUS_ROOT % P
    if x * x % P != square or y >= P or x < sign: return None
    return (x if x & 1 == sign else P - x), y, 1, (x if x & 1 == sign else P - x) * y % P
BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
def ed25519(key, message, signature):
    a, s = point(key), int.from_bytes(signature[32:], "little")
    if a is None or len(signature) != 64 or s >= L: return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y, z, _ = add(times(s, BASE), times(k, (P - a[0], a[1], 1, P - a[3])))
    x, y = x * pow(z, P - 2, P) % P, y * pow(z, P - 2, P) % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]

# The parts of a file.
def number(text):
    read(re.fullmatch(rb"0|[1-9][0-9]{0,18}", text) and int(text) < 2**63, "no number: %.40r" % text)
    return int(text)
def base64_of(text, least=0, most=4 << 20):
    data = base64.b64decode(text, validate=True)
    read(base64.b64encode(data) == text and least <= len(data) <= most, "wrong Base64: %.60r" % text)
    return data
def cut(data, word=b""):
    line, end, rest = data.partition(b"\n")
    read(end and line.startswith(word), "no line that begins with %r" % word)
    return line[len(word):], rest
def cut_proof(data, word=b"index "):  # a number, hashes, and what follows them
    index, data = cut(data, word)
    index, hashes, (line, data) = number(index), [], cut(data)
    while line:
        hashes.append(base64_of(line, 32, 32))
        line, data = cut(data)
    return index, hashes, data
def unpack(text):
    packed, stream, digits = bytearray(), zlib.decompressobj(), b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    for i in range(0, len(text), 3):
        n = sum(digits.index(c) * 45**j for j, c in enumerate(text[i:i + 3]))
        read(i + 1 < len(text), "a digit of Base45 too many")
        packed += n.to_bytes(len(text[i:i + 3]) - 1, "big")
    data = stream.decompress(packed, (4 << 20) + 1)
    read(stream.eof and not stream.unused_data, "the QR code is not one whole zlib stream")
    return data

class Key:
    def __init__(self, text, witness):
        read(text.count("+") > 1, "no public key: %.80r" % text)
        self.name, id, key = text.split("+", 2)
        raw, name, self.witness = base64_of(key.encode(), 33, 33), self.name.encode() + b"\n", witness
        read(re.fullmatch(r"[^\s+]+", self.name) and raw[0] in ([1, 4] if witness else [1]), "no public key: %.80r" % text)
        read(sha256(name + raw)[:4].hex() == id, "mistyped public key: %.80r" % text)
        self.raw, self.id = raw[1:], sha256(name + (b"\4" + raw[1:] if witness else raw))[:4]  # as its signatures have it
        self.shown = self.name + "+" + id
    def signed(self, text, signature):
        if self.witness:
            text, signature = b"cosignature/v1\ntime %d\n%s" % (int.from_bytes(signature[:8], "big"), text), signature[8:]
        return ed25519(self.raw, text, signature)

class Checkpoint:
    def __init__(self, data, keys):
        parts = data.decode().split("\n")
        read(len(data) <= 32 << 10 and not re.search(rb"[\0-\x09\x0b-\x1f]", data) and 6 <= len(parts) <= 105, "no checkpoint")
        read(parts[0] and parts[3] == parts[-1] == "", "no checkpoint")
        self.origin, self.size, self.root = parts[0], number(parts[1].encode()), base64_of(parts[2].encode(), 32, 32)
        lines = [re.fullmatch("\u2014 ([^\\s+]+) ([^ ]+)", line) for line in parts[4:-1]]
        read(all(lines), "a bad signature line")
        lines, text = [(line[1], base64_of(line[2].encode(), 5)) for line in lines], ("\n".join(parts[:3]) + "\n").encode()
        signers = set()
        for key in keys:
            for signature in [raw[4:] for name, raw in lines if name == key.name and raw[:4] == key.id][:1]:
                prove(key.signed(text, signature), "the signature of %s is wrong" % key.shown)
                signers.add(key)
        others = ", ".join("%s+%s" % (name, raw[:4].hex()) for name, raw in lines if name == self.origin)
        hint = others and "; it says that it is signed by %s: the school may have a new key, ask the school itself for it" % others
        prove(any(key.name == self.origin and not key.witness for key in signers), "no given key has signed for " + self.origin + hint)
        for key in keys: prove(key in signers or not key.witness, "the school has signed, but the witness %s has not" % key.shown)
        self.told = ["in %s of %d record%s, root %s" % (self.origin, self.size, "s" * (self.size != 1), parts[2])]
        self.told += ["  signed by " + key.shown for key in keys if key in signers]

def climb(a, b, f, s, hashes):  # the roots of the tree that ends with a and of the whole one
    for p in hashes:
        prove(s, "too many hashes")
        if f & 1 or f == s:
            a, b = sha256(b"\1" + p + a), sha256(b"\1" + p + b)
            while f and not f & 1: f, s = f >> 1, s >> 1
        else:
            b = sha256(b"\1" + b + p)
        f, s = f >> 1, s >> 1
    prove(s == 0, "too few hashes")
    return a, b
def check_included(leaf, index, size, hashes, root):
    leaf = sha256(b"\0" + leaf)
    prove(index < size and climb(leaf, leaf, index, size - 1, hashes)[1] == root, "the hashes do not lead to the root")

def in_order(pairs):
    read([key for key, _ in pairs] == sorted({key for key, _ in pairs}), "keys twice or not in order")
    return dict(pairs)
def money(amount, currency):
    read(type(amount) is int and re.fullmatch("[A-Z]{3}", currency), "no amount")
    decimals = 0 if currency in "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF" else 2
    decimals = 3 if currency in "BHD IQD JOD KWD LYD OMR TND" else decimals
    units, rest = divmod(abs(amount), 10**decimals)
    return ("credit " if amount < 0 else "debit ") + str(units) + (".%0*d " % (decimals, rest) if decimals else " ") + currency

def check_receipt(data, keys):
    extra, data = cut(cut(data, b"c2sp.org/tlog-proof@v1")[1], b"extra ")
    extra, (index, hashes, data) = base64_of(extra), cut_proof(data)
    checkpoint = Checkpoint(data, keys)
    check_included(extra, index, checkpoint.size, hashes, checkpoint.root)
    record = json.loads(extra, object_pairs_hook=in_order)
    prove(record["seq"] == index + 1, "the record is of another place")
    told = ["record %(seq)d, %(kind)s, of %(date)s, journaled at %(at)s" % record]
    for account, currency, amount, balance, prev, *_ in record.get("lines", []):
        read(type(balance) == type(prev) == int, "no line")
        told.append("  %s %s" % (account, money(amount, currency)))
    told += ["  %s %s held" % (account, money(amount, currency)) for account, currency, amount, *_ in record.get("held", [])]
    return record, told, checkpoint
def check_statement(files, account, keys):  # receipts of an account: each record of it names the one before
    chain, journals, told = {}, set(), []
    for data in files:
        data = unpacked(data)
        read(data.startswith(b"c2sp.org/tlog-proof@v1\n"), "a statement is made of receipts")
        record, lines, checkpoint = check_receipt(data, keys)
        journals.add((checkpoint.origin, record["book"]))
        told += lines + checkpoint.told
        for path, currency, amount, balance, prev, *_ in record.get("lines", []):
            if path == account and amount: chain[record["seq"]] = prev, money(balance, currency)
    prove(len(journals) == 1, "the receipts are of several journals")
    prove(chain, "no record here moved " + account)
    seqs = sorted(chain)
    for before, seq in zip(seqs, seqs[1:]):
        prove(chain[seq][0] == before, "before record %d comes record %d, and here it is record %d" % (seq, chain[seq][0], before))
    first = chain[seqs[0]][0]
    since = "after record %d" % first if first else "from its beginning"
    return ["%s %s: %d records and none missing up to record %d, then %s" % (account, since, len(seqs), seqs[-1], chain[seqs[-1]][1])] + told
def check_balance(data, keys):
    leaf, data = cut(cut(data)[1])
    index, hashes, data = cut_proof(data)
    close, told, checkpoint = check_receipt(data, keys)
    prove(close["kind"] == "ledger.close", "its record closes no day")
    check_included(leaf, index, close["balances"]["accounts"], hashes, bytes.fromhex(close["balances"]["root"]))
    account, currency, debits, credits = json.loads(leaf)
    spelled = json.dumps([account, currency, debits, credits], separators=(",", ":"), ensure_ascii=False).encode()
    read(spelled == leaf and type(debits) == type(credits) == int, "no leaf of an account")
    return ["%s at the end of %s: %s" % (account, close["date"], money(debits - credits, currency))] + told + checkpoint.told
def check_consistency(data, old, keys):
    m, hashes, data = cut_proof(data, b"old ")
    read(len(hashes) <= 63, "more than 63 hashes")
    read(old is not None or m == 0, "it starts from a checkpoint of %d records: give that with --old" % m)
    earlier = None if old is None else Checkpoint(old, keys)
    later = Checkpoint(data, keys)
    if earlier is None:
        prove(not hashes, "too many hashes")
        return ["nothing earlier was compared"] + later.told
    prove(earlier.origin == later.origin and earlier.size == m <= later.size, "it is about another earlier checkpoint")
    if m in (0, later.size):
        prove(not hashes and (m == 0 or earlier.root == later.root), "the roots differ")
    else:
        prove(hashes, "too few hashes")
        first, *hashes = hashes if m & m - 1 else [earlier.root] + hashes
        f, s = m - 1, later.size - 1
        while f & 1: f, s = f >> 1, s >> 1
        prove(climb(first, first, f, s, hashes) == (earlier.root, later.root), "the hashes do not lead to the roots")
    return ["the first %d records are those of the earlier checkpoint" % m] + later.told

def is_packed(data): return data.rstrip(b"\r\n").startswith(b"CLR1:")
def unpacked(data):
    read(not data.startswith((b"\x89PNG", b"\xff\xd8\xff")), "it is a picture: scan its QR code, and check the text of that")
    read(not data.startswith(b"PK\3\4"), "it is a ZIP file, and no proof")
    data = unpack(data.rstrip(b"\r\n")[5:]) if is_packed(data) and len(data) <= 4 << 20 else data
    read(len(data) <= 4 << 20, "more than 4 MiB")
    return data
def check(data, old, keys):
    packed, data = is_packed(data), unpacked(data)
    if data.startswith(b"c2sp.org/tlog-proof@v1\n"):
        _, told, checkpoint = check_receipt(data, keys)
        return told + checkpoint.told
    if data.startswith(b"campusledger/balance@v1\n"): return check_balance(data, keys)
    read(not packed, "the QR code holds no receipt and no balance proof")
    return check_consistency(data, old, keys) if data.startswith(b"old ") else Checkpoint(data, keys).told
def keys_in(data):  # a file of keys: one a line, # begins a comment
    lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]
def verdict(data, old, keys, witnesses, account=None):  # the exit code and what to say; with an account, data is a list
    try:
        keys = [Key(text, False) for text in dict.fromkeys(keys)] + [Key(text, True) for text in dict.fromkeys(witnesses)]
        return 0, ["proven"] + (check_statement(data, account, keys) if account else check(data, old, keys))
    except NotProven as problem:
        return 1, ["NOT PROVEN: %s" % problem]
    except (ValueError, OverflowError, TypeError, KeyError, RecursionError, zlib.error) as problem:
        return 2, ["could not be read: %s" % problem]
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="+", help="what to check; - is standard input")
    parser.add_argument("--key", action="append", default=[], help="a public key of the journal; may be repeated")
    parser.add_argument("--keys", action="append", default=[], metavar="FILE", help="a file of such keys, one a line; may be repeated")
    parser.add_argument("--witness", action="append", default=[], help="a public key of a witness who must have signed, too")
    parser.add_argument("--old", help="the earlier checkpoint, for a consistency proof")
    parser.add_argument("--account", help="check that of this account no record is missing between the first and the last of the receipts")
    args = parser.parse_args()
    if not args.key and not args.keys: parser.error("give a public key with --key or --keys: the school's 'key list' prints them")
    if len(args.file) > 1 and not args.account: parser.error("several files are a statement: say of which --account")
    if [*args.file, args.old, *args.keys].count("-") > 1: parser.error("only one file can come from standard input (-)")
    def read_file(name):
        if name == "-": return sys.stdin.buffer.read()
        with open(name, "rb") as file: return file.read()
    try:
        keys = args.key + [key for name in args.keys for key in keys_in(read_file(name))]
        read(keys, "there is no public key in " + ", ".join(args.keys))
        files, old = [read_file(name) for name in args.file], None if args.old is None else read_file(args.old)
        code, told = verdict(files if args.account else files[0], old, keys, args.witness, args.account)
    except (OSError, ValueError) as problem:
        code, told = 2, ["could not be read: %s" % problem]
    sys.stdout.reconfigure(errors="backslashreplace")
    for line in told: print("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line))
    return code
if __name__ == "__main__": sys.exit(main())
