-- name: InsertOrder :execrows
-- Nothing is inserted when the request key is taken.
insert into payment_order (
    id, school, request_key, gateway, merchant, purpose, subject, payer, description,
    amount_minor, currency, state, created_at, expires_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'created', $12, $13, $12)
on conflict (school, request_key) do nothing;

-- name: GetOrder :one
select * from payment_order where id = $1 and school = $2 and gateway = $3;

-- name: GetOrderByRequestKey :one
select * from payment_order where school = $1 and request_key = $2;

-- name: ListOpenOrders :many
-- The next orders after $4 that were started before $3 and have not ended, or
-- whose payment is written down but not yet booked.
select * from payment_order
where school = $1 and gateway = $2 and created_at <= $3 and id > $4
  and (state in ('created', 'sent') or (state <> 'paid' and gateway_transaction_id <> ''))
order by id
limit $5;

-- name: MarkOrderSent :execrows
-- The payer's way to pay is kept whatever a faster notification has made of
-- the state.
update payment_order
set checkout_url = $2, checkout_code = $3, updated_at = $4,
    state = case when state = 'created' then 'sent' else state end
where id = $1;

-- name: EndOrder :execrows
-- Fails or closes an order that is open and for which no payment is known.
update payment_order
set state = $2, reason = $3, updated_at = $4
where id = $1 and state in ('created', 'sent') and gateway_transaction_id = '';

-- name: ClaimPayment :execrows
-- Writes down which payment of the gateway pays the order, before the money is
-- booked. What was written first stays, so that booking it again is the same
-- again. No row: another payment has paid this order, or this one another.
update payment_order
set gateway_transaction_id = $2, paid_at = coalesce(paid_at, $3), updated_at = $4,
    late = late or state in ('failed', 'closed')
where payment_order.id = $1
  and payment_order.gateway_transaction_id in ('', $2)
  and not exists (
      select 1 from payment_order other
      where other.school = payment_order.school and other.gateway = payment_order.gateway
        and other.gateway_transaction_id = $2 and other.id <> payment_order.id
        and other.gateway_transaction_id <> '' -- else the partial index does not serve
  );

-- name: MarkOrderPaid :execrows
update payment_order
set state = 'paid', reason = '', updated_at = $2
where id = $1 and state <> 'paid';

-- name: SetOrderProblem :exec
update payment_order set problem = $2, updated_at = $3 where id = $1;
