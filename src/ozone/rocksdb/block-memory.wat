;; Snappy and CRC-32C over one linear memory. Build: .ci/build-wasm.mjs writes block-memory-wasm.ts.
;; The first 8 KiB hold the CRC tables, which the host writes. Loads and stores may touch up to 16 bytes behind their
;; slice: the host keeps that room behind source and target.
(module
 (memory (export "memory") 1)

 ;; Decodes the elements in [p, e) to [o, limit). Returns where the output ends, or -1 when the input is damaged.
 (func (export "snappy") (param $p i32) (param $e i32) (param $o i32) (param $limit i32) (result i32)
  (local $tag i32) (local $length i32) (local $extra i32) (local $distance i32) (local $from i32) (local $start i32)
  (local $end i32)
  (local.set $start (local.get $o))
  (block $done
   (loop $element
    (br_if $done (i32.ge_u (local.get $p) (local.get $e)))
    (local.set $tag (i32.load8_u (local.get $p)))
    (local.set $p (i32.add (local.get $p) (i32.const 1)))
    (if (i32.eqz (i32.and (local.get $tag) (i32.const 3)))
     (then ;; literal
      (local.set $length (i32.add (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 1)))
      (if (i32.gt_u (local.get $length) (i32.const 60))
       (then ;; its length lies in the next 1 to 4 bytes
        (local.set $extra (i32.sub (local.get $length) (i32.const 60)))
        (if (i32.gt_u (local.get $extra) (i32.sub (local.get $e) (local.get $p))) (then (return (i32.const -1))))
        (local.set $length
         (i32.and (i32.load (local.get $p))
          (i32.shr_u (i32.const -1) (i32.sub (i32.const 32) (i32.shl (local.get $extra) (i32.const 3))))))
        (if (i32.eq (local.get $length) (i32.const -1)) (then (return (i32.const -1))))
        (local.set $length (i32.add (local.get $length) (i32.const 1)))
        (local.set $p (i32.add (local.get $p) (local.get $extra)))))
      (if (i32.or
           (i32.gt_u (local.get $length) (i32.sub (local.get $limit) (local.get $o)))
           (i32.gt_u (local.get $length) (i32.sub (local.get $e) (local.get $p))))
       (then (return (i32.const -1))))
      (if (i32.le_u (local.get $length) (i32.const 16))
       (then
        (i64.store (local.get $o) (i64.load (local.get $p)))
        (i64.store offset=8 (local.get $o) (i64.load offset=8 (local.get $p))))
       (else (memory.copy (local.get $o) (local.get $p) (local.get $length))))
      (local.set $o (i32.add (local.get $o) (local.get $length)))
      (local.set $p (i32.add (local.get $p) (local.get $length))))
     (else ;; copy of what was written before; its distance lies in the next 1, 2 or 4 bytes
      (local.set $extra (i32.and (local.get $tag) (i32.const 3)))
      (if (i32.eq (local.get $extra) (i32.const 3)) (then (local.set $extra (i32.const 4))))
      (if (i32.gt_u (local.get $extra) (i32.sub (local.get $e) (local.get $p))) (then (return (i32.const -1))))
      (if (i32.eq (local.get $extra) (i32.const 1))
       (then
        (local.set $length
         (i32.add (i32.and (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 7)) (i32.const 4)))
        (local.set $distance
         (i32.or
          (i32.shl (i32.shr_u (local.get $tag) (i32.const 5)) (i32.const 8))
          (i32.load8_u (local.get $p)))))
       (else
        (local.set $length (i32.add (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 1)))
        (if (i32.eq (local.get $extra) (i32.const 2))
         (then (local.set $distance (i32.load16_u (local.get $p))))
         (else (local.set $distance (i32.load (local.get $p)))))))
      (local.set $p (i32.add (local.get $p) (local.get $extra)))
      (if (i32.or
           (i32.eqz (local.get $distance))
           (i32.or
            (i32.gt_u (local.get $distance) (i32.sub (local.get $o) (local.get $start)))
            (i32.gt_u (local.get $length) (i32.sub (local.get $limit) (local.get $o)))))
       (then (return (i32.const -1))))
      (local.set $from (i32.sub (local.get $o) (local.get $distance)))
      (local.set $end (i32.add (local.get $o) (local.get $length)))
      (if (i32.ge_u (local.get $distance) (i32.const 8))
       (then
        (loop $words
         (i64.store (local.get $o) (i64.load (local.get $from)))
         (local.set $o (i32.add (local.get $o) (i32.const 8)))
         (local.set $from (i32.add (local.get $from) (i32.const 8)))
         (br_if $words (i32.lt_u (local.get $o) (local.get $end))))
        (local.set $o (local.get $end)))
       (else ;; source and target overlap: byte by byte
        (loop $bytes
         (i32.store8 (local.get $o) (i32.load8_u (local.get $from)))
         (local.set $o (i32.add (local.get $o) (i32.const 1)))
         (local.set $from (i32.add (local.get $from) (i32.const 1)))
         (br_if $bytes (i32.lt_u (local.get $o) (local.get $end))))))))
    (br $element)))
  (local.get $o))

 ;; CRC-32C of [p, e), eight bytes at a time.
 (func (export "crc32c") (param $p i32) (param $e i32) (result i32)
  (local $crc i32) (local $high i32)
  (local.set $crc (i32.const -1))
  (block $rest
   (loop $eight
    (br_if $rest (i32.lt_u (i32.sub (local.get $e) (local.get $p)) (i32.const 8)))
    (local.set $crc (i32.xor (local.get $crc) (i32.load (local.get $p))))
    (local.set $high (i32.load offset=4 (local.get $p)))
    (local.set $crc
     (i32.xor
      (i32.xor
       (i32.xor
        (i32.load offset=7168 (i32.shl (i32.and (local.get $crc) (i32.const 255)) (i32.const 2)))
        (i32.load offset=6144 (i32.and (i32.shr_u (local.get $crc) (i32.const 6)) (i32.const 1020))))
       (i32.xor
        (i32.load offset=5120 (i32.and (i32.shr_u (local.get $crc) (i32.const 14)) (i32.const 1020)))
        (i32.load offset=4096 (i32.and (i32.shr_u (local.get $crc) (i32.const 22)) (i32.const 1020)))))
      (i32.xor
       (i32.xor
        (i32.load offset=3072 (i32.shl (i32.and (local.get $high) (i32.const 255)) (i32.const 2)))
        (i32.load offset=2048 (i32.and (i32.shr_u (local.get $high) (i32.const 6)) (i32.const 1020))))
       (i32.xor
        (i32.load offset=1024 (i32.and (i32.shr_u (local.get $high) (i32.const 14)) (i32.const 1020)))
        (i32.load (i32.and (i32.shr_u (local.get $high) (i32.const 22)) (i32.const 1020)))))))
    (local.set $p (i32.add (local.get $p) (i32.const 8)))
    (br $eight)))
  (block $done
   (loop $byte
    (br_if $done (i32.ge_u (local.get $p) (local.get $e)))
    (local.set $crc
     (i32.xor
      (i32.shr_u (local.get $crc) (i32.const 8))
      (i32.load
       (i32.shl
        (i32.and (i32.xor (local.get $crc) (i32.load8_u (local.get $p))) (i32.const 255))
        (i32.const 2)))))
    (local.set $p (i32.add (local.get $p) (i32.const 1)))
    (br $byte)))
  (i32.xor (local.get $crc) (i32.const -1))))
