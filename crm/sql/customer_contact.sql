-- One customer's name and e-mail address in clear.
SELECT
    name,
    email
FROM personal.customer_contacts
WHERE customer_id = {customer:String}
